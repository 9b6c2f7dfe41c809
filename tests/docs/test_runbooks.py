"""The runbooks name fields, commands, exports and buttons that exist: people who follow them in a hurry cannot look anything up."""

import re
from pathlib import Path

import pytest

from experiment.config import DEFAULTS, read_settings
from experiment.labels import ONLINE_ROOM, is_label
from serve.cli import _parser

PROJECT = Path(__file__).parents[2]
PAGES = {name: (PROJECT / "docs" / f"{name}-session.md").read_text(encoding="utf-8") for name in ("lab", "online")}
REPORT = (PROJECT / "parimutuel_twostage" / "admin_report.html").read_text(encoding="utf-8")
IN_THE_REPORT = ("Pause the session", "Resume the session", "Where everybody is", "Late, dropped out or gone", "Payments so far")
ADVISED = re.compile(r"^ *\| ((?:`[a-z0-9_]+`(?:, )?)+) \| ([^|]*) \|", re.MULTILINE)


def advised(page: str) -> list[tuple[str, str]]:
    """The fields of the tables of a page, each with what is advised."""
    return [(field, advice) for names, advice in ADVISED.findall(PAGES[page]) for field in re.findall(r"`(\w+)`", names)]


@pytest.mark.parametrize("page", PAGES)
def test_every_field_in_a_table_is_one_of_a_session_config(page):
    fields = {field for field, _ in advised(page)}
    assert len(fields) > 5
    assert fields <= set(DEFAULTS)


def test_the_config_advised_for_the_internet_can_be_run():
    chosen = {
        "environment": "mixed_values",
        "stage1_deadline_seconds": 90,
        "stage2_deadline_seconds": 120,
        "result_deadline_seconds": 45,
        "misses_allowed": 2,
        "absent_at_stage2": "none",
        "lobby_seconds": 600,
        "market_size": 12,
        "min_market_size": 8,
        "lobby_leave_seconds": 120,
        "start_seconds": 600,
        "quiz_attempts": 3,
        "quiz_failed": "leave",
        "practice_with": "computers",
        "matching": "fixed",
        "completion_url": "https://app.prolific.com/submissions/complete",
        "code_complete": "C7Q2KX9A",
    }
    table = dict(advised("online"))
    for field in chosen.keys() - {"environment", "market_size", "min_market_size", "quiz_attempts", "quiz_failed"}:
        assert field in table, field
        assert field.startswith(("code", "completion")) or table[field].strip("`") == str(chosen[field])
    money = {"participation_fee": 5.0, "real_world_currency_per_point": 0.1}
    settings = read_settings({**DEFAULTS, **money, **chosen}, 30)
    assert settings.has_lobby
    assert all(settings.for_market(size).inactive for size in settings.market_sizes)


@pytest.mark.parametrize("page", PAGES)
def test_every_call_of_the_launcher_can_be_read(page):
    for call in re.findall(r"-m serve (.*)", PAGES[page]):
        _parser().parse_args(call.split())


@pytest.mark.parametrize(
    "words", ["Pause the session", "Resume the session", "Where everybody is", "Late, dropped out or gone", "Payments so far"]
)
def test_what_the_report_calls_something_so_does_the_runbook(words):
    assert words in REPORT
    assert words.removesuffix(" the session") in PAGES["lab"]


def test_the_address_for_the_recruiter_is_that_of_the_online_room():
    assert f"/room/{ONLINE_ROOM}?participant_label=" + "{{%PROLIFIC_PID%}}" in PAGES["online"]
    assert is_label("5f1a2b3c4d5e6f7a8b9c0d1e")
