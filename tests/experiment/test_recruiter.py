"""The return link to the recruiter: the right code for each end, in the text or in the address."""

import pytest

from experiment.config import DEFAULTS, read_settings
from experiment.recruiter import way_back

CODES = {"code_declined": "D5", "code_complete": "C1", "code_no_match": "N2", "code_screened_out": "S3", "code_timed_out": "T4"}
ADDRESS = "https://app.prolific.com/submissions/complete"


def recruiter(**fields):
    base = {**DEFAULTS, "environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1}
    return read_settings({**base, **fields}).recruiter


@pytest.mark.parametrize(
    ("reason", "code"),
    [(None, "C1"), ("declined", "D5"), ("quiz_failed", "S3"), ("no_match", "N2"), ("left_lobby", "N2"), ("timed_out", "T4")],
)
def test_each_end_has_its_code_in_the_address(reason, code):
    back = way_back(recruiter(**CODES, completion_url=ADDRESS), reason)
    assert (back.code, back.address, back.host) == (code, f"{ADDRESS}?cc={code}", "app.prolific.com")


@pytest.mark.parametrize(
    ("address", "led_to"),
    [
        (f"{ADDRESS}?cc=OLD", f"{ADDRESS}?cc=C1"),
        (f"{ADDRESS}?study=5&cc=OLD", f"{ADDRESS}?study=5&cc=C1"),
        ("https://example.org", "https://example.org?cc=C1"),
    ],
)
def test_an_address_keeps_what_else_it_asks(address, led_to):
    assert way_back(recruiter(**CODES, completion_url=address), None).address == led_to


def test_without_an_address_there_is_only_the_code_and_without_a_code_nothing():
    back = way_back(recruiter(**CODES), None)
    assert (back.code, back.address) == ("C1", None)
    assert way_back(recruiter(completion_url=ADDRESS), None) is None
