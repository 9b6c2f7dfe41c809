"""What the report says of tests and estimates: effects and agreements where data show them, and never that nothing is there."""

import math
import re

import pandas as pd
import pytest

from comparison.report.answers import READINGS, UNDECIDED, answer
from tests.comparison.reports import page_of, report, report_command, rows, summary_of
from tests.sizes import sized
from tests.synthetic import alpha_star, beta, noisy, play, write_export

DIFFERS = "Does the price differ from the Nash price on average at state low?"
AGREES = "Does the price agree on average with the Nash price within ±0.05 in logarithms, wherever that is low or high?"


def row(question=DIFFERS, estimate=0.1, p=0.01, least=0.001, method="sign-flip permutation test of the mean, exact", note=""):
    return {"question": question, "estimate": estimate, "p_value": p, "p_holm": p, "least_p": least, "method": method, "note": note}


@pytest.fixture(scope="module")
def eight_units(tmp_path_factory):
    """Two treatments of four markets each with errors: summary, page and folder."""
    folder = tmp_path_factory.mktemp("eight")
    sessions = [
        play(code=f"s{n}", participants=16, rounds=3, first=noisy(alpha_star, 9), second=noisy(beta, 9), seed=n + 1, treatment=f"t{n}")
        for n in range(2)
    ]
    return (*report(folder, *sessions), folder)


def test_a_small_p_value_says_on_which_side_the_estimate_lies():
    assert answer(row(estimate=0.1), 1) == "Yes: above."
    assert answer(row(estimate=-0.1), 1) == "Yes: below."
    assert answer(row("Is the price closer to Nash than to autarky?", -0.1), 1) == "No: it is closer to the other."
    assert answer(row("Does second offers' distance from beta change from the first to the last third?", -0.1), 1) == "Yes: it falls."


def test_a_large_p_value_is_not_read_as_no_difference():
    assert answer(row(p=0.9), 1) == UNDECIDED
    for said in (answer(row(p=0.9), 1), answer(row(p=0.9, least=0.25), 1), answer(row(p=0.9, least=0.02), 9)):
        assert said.startswith("Not decided")


def test_answers_are_by_holms_p_value():
    assert answer({**row(p=0.01), "p_holm": 0.06}, 1) == UNDECIDED


def test_agreement_is_said_only_by_the_equivalence_test():
    method = "two one-sided sign-flip tests within ±0.05 of 0"
    assert answer(row(AGREES, p=0.01, method=method), 1) == "Yes."
    assert answer(row(AGREES, p=0.2, method=method), 1) == "Agreement is not shown."


def test_where_units_cannot_reject_the_answer_says_so():
    assert answer(row(p=0.5, least=0.125), 1) == "Not decided: too few units for any answer."
    assert answer(row(p=0.5, least=0.03), 2) == "Not decided: too few units for so many questions."
    assert answer(row(p=math.nan, note="One unit."), 0) == "Cannot be tested. One unit."


def test_every_planned_question_has_a_reading(eight_units):
    summary, _, _ = eight_units
    asked = [test for test in summary["tests"] if not test["method"].startswith("two one-sided")]
    assert {test["family"] for test in asked} == {"price", "benchmarks", "stage 1", "stage 2", "welfare", "learning", "treatments"}
    for test in asked:
        assert sum(test["question"].startswith(beginning) for beginning in READINGS) == 1, test["question"]


def test_every_test_stands_on_the_page_with_its_least_p_and_its_units(eight_units):
    summary, page, folder = eight_units
    for test in summary["tests"]:
        assert test["least_p"] is None or test["units"] >= 2
    captions = re.findall(r"<caption>Table \d+\. (Planned tests[^<]*)</caption>", page)
    assert captions == ["Planned tests, treatment t0", "Planned tests, treatment t1", "Planned tests between treatments"]
    tables = re.findall(r"<caption>Table \d+\. Planned tests.*?</table>", page, flags=re.DOTALL)
    assert sum(table.count("<tr>") - 1 for table in tables) == len(rows(folder, "tests"))
    assert all("Least p" in table and "Holm&#x27;s p" in table and "Units" in table for table in tables)


def test_one_unit_has_no_test_and_the_report_says_so(tmp_path):
    summary, page = report(tmp_path, play(participants=4, rounds=3))
    assert all(test["p_value"] is None for test in summary["tests"])
    assert "there are too few units (1 unit at most) for any of these tests to reject at 5 %" in page
    assert "Cannot be tested. One unit has no spread to compare with" in page


def test_the_margins_asked_for_are_tested_and_said(tmp_path):
    write_export(tmp_path / "export", play(participants=16, rounds=2))
    options = ["--price-margin", "0.2", "--offer-margin", "0.1", "--seed", "5"]
    assert report_command(tmp_path / "export", tmp_path / "out", *options) == 0
    summary = summary_of(tmp_path)
    assert summary["margins"] == {"price": 0.2, "offer": 0.1}
    assert summary["seed"] == 5
    assert any("within ±0.2 in logarithms" in test["question"] for test in summary["tests"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--price-margin", "0"], "--price-margin is 0; it must be a number above zero"),
        (["--offer-margin", "much"], "--offer-margin is much; it must be a number above zero"),
        (["--seed", "x"], "--seed holds 'x', but it takes whole numbers from 0 to"),
    ],
)
def test_a_wrong_option_is_one_sentence(tmp_path, capsys, options, said):
    write_export(tmp_path / "export", play(participants=4, rounds=1))
    assert report_command(tmp_path / "export", tmp_path / "out", *options) == 2
    assert capsys.readouterr().err.startswith(said)


def test_behaviour_is_estimated_where_it_is_asked_for(tmp_path):
    size = {"participants": sized(small=8, full=16), "offer_grid": sized(small=1, full=0.5)}
    write_export(tmp_path / "export", play(rounds=2, first=noisy(alpha_star, 9), second=noisy(beta, 9), **size))
    assert report_command(tmp_path / "export", tmp_path / "out", "--estimate", "--bootstrap", "9") == 0
    summary, page = summary_of(tmp_path), page_of(tmp_path)
    found = pd.read_csv(tmp_path / "out" / "estimates.csv")
    assert len(found) == len(summary["estimates"]) > 5
    assert "Behavioural models: estimates" in page
    assert "predicts unseen units best" in page
    assert {"estimates.tex", "model_comparison.csv", "model_comparison.tex"} <= set(summary["files_written"])


def test_without_estimation_the_report_says_how_to_have_it(tmp_path):
    summary, page = report(tmp_path, play(participants=4, rounds=1))
    assert summary["estimates"] is None
    assert "report --estimate" in page


def test_a_treatment_without_an_announcement_has_no_information_and_no_estimates_and_says_why(tmp_path):
    write_export(tmp_path / "export", play(participants=8, rounds=2, announcement="none"))
    assert report_command(tmp_path / "export", tmp_path / "out", "--estimate", "--bootstrap", "9") == 0
    page = page_of(tmp_path)
    assert "Nothing was announced, so there is nothing to measure." in page
    assert "behavioural models react to the histogram" in page
    assert not (tmp_path / "out" / "information.svg").exists()
