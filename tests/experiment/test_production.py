"""The settings that a server in production needs; the real commands are tested in tests/serve/test_production.py."""

from __future__ import annotations

import pytest

from experiment.production import SERVING, faults, in_production, refusal, serves, warning

GOOD = {
    "OTREE_PRODUCTION": "1",
    "OTREE_ADMIN_PASSWORD": "quiet-harbour",
    "OTREE_AUTH_LEVEL": "STUDY",
    "OTREE_SECRET_KEY": "s" * 32,
    "OTREE_REST_KEY": "r" * 16,
    "DATABASE_URL": "postgresql://lab:word@db/lab",
}
BAD = [
    ("OTREE_ADMIN_PASSWORD", "", "OTREE_ADMIN_PASSWORD is missing"),
    ("OTREE_ADMIN_PASSWORD", "         ", "OTREE_ADMIN_PASSWORD is missing"),
    ("OTREE_ADMIN_PASSWORD", "elevenchars", "OTREE_ADMIN_PASSWORD is too short"),
    ("OTREE_AUTH_LEVEL", "", "OTREE_AUTH_LEVEL is missing"),
    ("OTREE_AUTH_LEVEL", "DEMO", "OTREE_AUTH_LEVEL is 'DEMO'"),
    ("OTREE_AUTH_LEVEL", "study", "OTREE_AUTH_LEVEL is 'study'"),
    ("OTREE_SECRET_KEY", "", "OTREE_SECRET_KEY is missing"),
    ("OTREE_SECRET_KEY", "s" * 31, "OTREE_SECRET_KEY is too short"),
    ("OTREE_REST_KEY", "", "OTREE_REST_KEY is missing"),
    ("OTREE_REST_KEY", "r" * 15, "OTREE_REST_KEY is too short"),
    ("DATABASE_URL", "", "DATABASE_URL is missing"),
    ("DATABASE_URL", "sqlite:///db.sqlite3", "DATABASE_URL names a SQLite database"),
    ("DATABASE_URL", "mysql://lab@db/lab", "DATABASE_URL does not begin with postgresql"),
    ("OTREE_IN_MEMORY", "1", "The data would be kept in memory only"),
]


def test_a_server_that_has_everything_has_no_fault():
    assert faults(GOOD) == []


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_each_name_of_postgresql_that_a_host_may_give_will_do(scheme):
    assert faults(GOOD | {"DATABASE_URL": f"{scheme}://lab:word@db/lab"}) == []


@pytest.mark.parametrize(("name", "value", "beginning"), BAD)
def test_each_fault_is_one_sentence_on_one_line_and_repeats_no_secret(name, value, beginning):
    (sentence,) = faults(GOOD | {name: value})
    assert sentence.startswith(beginning)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "word" not in sentence.replace("password", "")
    assert name == "OTREE_AUTH_LEVEL" or len(value.strip()) < 2 or value not in sentence


def test_all_faults_are_named_at_once():
    named = [sentence.split()[0] for sentence in faults({})]
    assert sorted(named) == ["DATABASE_URL", "OTREE_ADMIN_PASSWORD", "OTREE_AUTH_LEVEL", "OTREE_REST_KEY", "OTREE_SECRET_KEY"]


@pytest.mark.parametrize("command", sorted(SERVING))
def test_each_command_that_serves_is_refused_in_production(command):
    assert refusal(["/usr/bin/otree", command], {"OTREE_PRODUCTION": "1"}) == "\n".join(faults({}))
    assert refusal(["/usr/bin/otree", command], GOOD) is None
    assert refusal(["/usr/bin/otree", command], {}) is None


@pytest.mark.parametrize("program", ["/usr/bin/uvicorn", "/lib/uvicorn/__main__.py", "gunicorn"])
def test_another_server_for_otrees_application_is_refused_too(program):
    assert refusal([program, "otree.asgi:app"], {"OTREE_PRODUCTION": "1"}) is not None


@pytest.mark.parametrize("words", [[], ["otree"], ["otree", "test", "devserver"], ["otree", "resetdb"], ["scenes.py", "door", "{}"]])
def test_what_serves_nothing_is_not_asked(words):
    assert not serves(words)
    assert refusal(words, {"OTREE_PRODUCTION": "1"}) is None


@pytest.mark.parametrize(("value", "is_on"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_production_is_what_otree_takes_for_it(value, is_on):
    assert in_production({"OTREE_PRODUCTION": value}) is is_on


def test_a_server_for_strangers_that_nothing_checks_is_warned_of():
    assert warning(["otree", "prodserver1of2"], {}) is not None
    assert warning(["otree", "prodserver1of2"], GOOD) is None
    assert warning(["otree", "devserver"], {}) is None
    assert warning(["otree", "devserver_inner", "8000"], {}) is None
    assert warning(["otree", "test"], {}) is None
