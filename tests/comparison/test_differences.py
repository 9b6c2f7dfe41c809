"""Sessions of one treatment that were not run alike are named, with the values; others are not."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from comparison.data.differences import IRRELEVANT, session_differences
from comparison.data.reading import read_export
from comparison.statistics.cells import cell_labels
from experiment.config import DEFAULTS
from experiment.market_options import Deadlines
from tests.comparison.reports import report, report_command, rows
from tests.synthetic import play, write_export


def recorded(session, **fields):
    """The session with other fields in its record: of the config with a leading ``config_``, else at the top."""
    record = json.loads(session.line[1])
    for name, value in fields.items():
        table, key = (record["config"], name.removeprefix("config_")) if name.startswith("config_") else (record, name)
        table[key] = value
    return replace(session, line=(session.code, json.dumps(record)))


def pair(**fields):
    """Two sessions alike but for their seeds, and for these fields of the second one's record."""
    return (
        play(code="first111", participants=4, rounds=1, seed=1),
        recorded(play(code="second22", participants=4, rounds=1, seed=2), **fields),
    )


def test_a_clock_beliefs_and_the_posterior_of_one_session_are_named_wherever_a_reader_looks(tmp_path, capsys):
    changed = {"config_beliefs": True, "config_show_posterior": True, "config_stage1_deadline_seconds": 60}
    summary, page = report(tmp_path, *pair(**changed))
    sentence = "Sessions of treatment baseline differ in beliefs, show_posterior, stage1_deadline_seconds, but are pooled here."
    assert summary["warnings"] == [sentence]
    assert sentence in capsys.readouterr().err
    top, data = page.index(sentence), page.index(sentence, page.index('<section id="data">'))
    assert top < page.index("<main>") < data
    assert {(row["field"], row["session_code"]): row["value"] for row in rows(tmp_path, "session_differences")} == {
        ("beliefs", "first111"): "no",
        ("beliefs", "second22"): "yes",
        ("show_posterior", "first111"): "no",
        ("show_posterior", "second22"): "yes",
        ("stage1_deadline_seconds", "first111"): "0",
        ("stage1_deadline_seconds", "second22"): "60",
    }
    assert summary["session_differences"][-1] == {
        "cell": "baseline",
        "field": "stage1_deadline_seconds",
        "session_code": "second22",
        "value": "60",
    }
    assert "Differences between sessions of one treatment</caption>" in page
    assert (tmp_path / "out" / "session_differences.tex").exists()
    assert summary["cells"][0]["design"]["sessions"] == 2, "pooled all the same"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"software": {"parimutuel-lab": "0.0.9", "otree": "5"}}, "software.parimutuel-lab"),
        ({"language": "de"}, "language"),
        ({"currency": "EUR"}, "currency"),
        ({"config_of_tomorrow": {"depth": [1, 2]}}, "of_tomorrow.depth"),
        ({"unheard_of": None}, "unheard_of"),
    ],
)
def test_a_field_that_this_version_does_not_know_counts(tmp_path, changed, field):
    summary, _ = report(tmp_path, *pair(**changed))
    assert field in {row["field"] for row in summary["session_differences"]}
    assert field in summary["warnings"][0]


def other_value(name, value):
    """Another value that the field may have."""
    choices = {"points_pay": "lottery", "quiz_failed": "leave", "paid_rounds": "all", "questionnaire": "age", "texts": "example"}
    if name in choices:
        return choices[name]
    assert not isinstance(value, str), f"{name} holds words: give it another value in `choices`, or say where it is left out."
    return not value if isinstance(value, bool) else value + 1


BEARS_ON_PLAY = {"environment", "treatment", "market_size", "offer_grid", "announcement", "inactive_threat", "shutdown_if_equal"}
"""These make another treatment, or are tested apart."""
NEEDS_OTHERS = {
    "rounds",
    "practice_rounds",
    "practice_with",
    "matching",
    "min_market_size",
    "lobby_seconds",
    "absent_at_stage2",
    "quiz_failed",
}
"""These do not fit the rows that were played, need another field beside them, or make another treatment."""


@pytest.mark.parametrize("name", sorted(set(DEFAULTS) - IRRELEVANT - BEARS_ON_PLAY - NEEDS_OTHERS))
def test_every_field_of_a_session_config_counts_unless_it_is_said_not_to_matter(tmp_path, name):
    write_export(tmp_path / "export", pair(**{f"config_{name}": other_value(name, DEFAULTS[name])}), payments=False)
    assert fields_named(tmp_path / "export") == {name}


def test_what_follows_a_failed_quiz_counts(tmp_path):
    one, other = (recorded(session, config_lobby_seconds=60) for session in pair())
    write_export(tmp_path / "export", (one, recorded(other, config_quiz_failed="leave")), payments=False)
    assert fields_named(tmp_path / "export") == {"quiz_failed"}


def fields_named(folder):
    sessions = read_export(folder).sessions
    return set(session_differences(sessions.values(), cell_labels(sessions.values()))["field"])


def test_what_does_not_matter_and_what_is_said_in_other_words_is_no_difference(tmp_path):
    same = {
        "config_offer_grid": "0.10", "config_market_size": 4, "config_completion_url": "https://example.org/x",
        "config_code_complete": "ABC", "config_name": "another", "seeds": {"seed": 2, "other": 3}, "room": "lab",
    }  # fmt: skip
    write_export(tmp_path / "export", pair(**same), payments=False)
    assert fields_named(tmp_path / "export") == set()


def test_a_field_that_an_older_export_does_not_have_is_at_its_default(tmp_path):
    one, other = pair()
    record = json.loads(other.line[1])
    del record["config"]["beliefs"], record["config"]["show_slider"]
    write_export(tmp_path / "export", (one, replace(other, line=(other.code, json.dumps(record)))), payments=False)
    assert fields_named(tmp_path / "export") == set()


def test_a_description_of_the_environment_that_was_reworded_is_no_difference(tmp_path):
    one, other = pair()
    record = json.loads(other.line[1])
    record["environment"]["description"] = "Put in other words."
    write_export(tmp_path / "export", (one, replace(other, line=(other.code, json.dumps(record)))), payments=False)
    assert fields_named(tmp_path / "export") == set()


def test_sessions_run_alike_are_told_nothing_of(tmp_path, capsys):
    summary, page = report(tmp_path, *pair())
    assert (summary["warnings"], summary["session_differences"]) == ([], [])
    assert "differ in" not in page[: page.index("<main>")]
    assert capsys.readouterr().err == ""


def test_treatments_may_differ_from_each_other_and_each_names_its_own_differences(tmp_path):
    one, other = pair(config_beliefs=True)
    third = play(code="third333", participants=4, rounds=1, seed=3, treatment="clocks", stage1_deadline_seconds=60)
    write_export(tmp_path / "export", (one, other, third), payments=False)
    assert report_command(tmp_path / "export", tmp_path / "out") == 0
    warnings = json.loads((tmp_path / "out" / "summary.json").read_text())["warnings"]
    assert warnings == ["Sessions of treatment baseline differ in beliefs, but are pooled here."]


def test_an_export_of_an_earlier_version_is_like_one_of_this_that_has_the_same_deadlines(tmp_path):
    earlier, later = pair(config_stage1_deadline_seconds=60)
    code, text = later.line
    record = json.loads(text)
    config = record["config"]
    for name in ("stage1", "stage2", "result"):
        config[f"{name}_seconds"] = config.pop(f"{name}_deadline_seconds")
    assert config["stage1_seconds"] == 60
    write_export(tmp_path / "one", [earlier, replace(later, line=(code, json.dumps(record)))])
    write_export(tmp_path / "other", [earlier, later])
    one, other = (read_export(tmp_path / name).sessions for name in ("one", "other"))
    assert one[code].settings.deadlines == other[code].settings.deadlines == Deadlines(60, 0, 0)
    labels = dict.fromkeys(one, "baseline")
    pd.testing.assert_frame_equal(session_differences(one.values(), labels), session_differences(other.values(), labels))
