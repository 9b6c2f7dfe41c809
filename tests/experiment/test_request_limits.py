"""What a page sends is within the limits of a request, with room to spare."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from experiment.config import readable_environments
from experiment.events import GUESS_Q, LONGEST_TIME, MOST_EVENTS, SLIDER, Event, events_text, read_events
from experiment.network.request_limits import LARGEST_BODY, MOST_FIELDS, form_fields, refusal_of_body, refusal_of_head
from experiment.questionnaire import COMMENTS, FIELD, LONGEST_COMMENT, LONGEST_FIELD

FORM = "application/x-www-form-urlencoded"
LONGEST_NUMBER = -1.2345678901234567e-300


@pytest.mark.parametrize("event", [Event(LONGEST_TIME, SLIDER, LONGEST_NUMBER), Event(LONGEST_TIME, GUESS_Q, -LONGEST_NUMBER)])
def test_an_offer_with_the_longest_log_is_read(event):
    log = events_text([event] * MOST_EVENTS)
    assert len(read_events(log)) == MOST_EVENTS
    body = urlencode({"stage1_good": "none", "stage1_amount": "9" * 20, "events": log, "timeout_happened": "1"}).encode()
    assert len(body) < LARGEST_BODY
    assert refusal_of_body(body, [FORM]) is None
    assert dict(form_fields(body))["events"] == log


@pytest.mark.parametrize("character", ["\n", "字", "&", "é"])
def test_the_longest_comment_is_read(character):
    fields = {FIELD: "字" * LONGEST_FIELD, COMMENTS: character.replace("\n", "\r\n") * LONGEST_COMMENT}
    body = urlencode(fields).encode()
    assert len(body) < LARGEST_BODY / 2
    assert refusal_of_body(body, [FORM]) is None
    assert dict(form_fields(body)) == fields


def test_a_page_has_far_fewer_fields_than_are_read():
    environments, _ = readable_environments()
    assert max(len(environment.states) for environment in environments.values()) < MOST_FIELDS / 10
    assert refusal_of_body(b"&".join([b"belief=1"] * MOST_FIELDS), [FORM]) is None


@pytest.mark.parametrize("kind", [FORM, FORM.upper(), f"{FORM}; charset=utf-8", f"{FORM};charset=UTF-8"])
def test_fields_are_counted_however_the_kind_of_a_form_is_written(kind):
    refusal = refusal_of_body(b"&" * MOST_FIELDS, [kind])
    assert refusal is not None
    assert (refusal.status, refusal.sentence) == (413, f"The form is too large: at most {MOST_FIELDS} fields can be sent.")
    assert refusal_of_body(b"&" * MOST_FIELDS, ["application/json"]) is None


@pytest.mark.parametrize(
    "path", ["/p/k3j4h5g6/market/FirstOffer/12", "/room/online", "/static/otree/js/common.js", "/", "/join/0a1b", "/a..b/c.d"]
)
def test_addresses_of_this_server_are_read(path):
    assert refusal_of_head("GET", path, "participant_label=5f3a-1&hash=5f0c21aa&x=%C3%A4+b", [("host", "lab.example:8000")]) is None
