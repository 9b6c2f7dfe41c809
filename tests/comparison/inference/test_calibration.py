"""The calibration study: a small one is run, and the one in the documents is compared with what a test at 5 % may do.

Bounds for a few hundred replications are those that a test at its level passes with a chance above 1 - 1e-4 for each cell.
"""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from docs.studies import calibration
from docs.studies.calibration import CASES, COVERAGES, DEFAULT_SEED, coverage_rates, rejection_rates, write_tables
from docs.studies.null_data import NORMAL, SKEWED_UNITS
from tests.sizes import sized

REPLICATIONS = 300
FEWER = sized(small=80, full=REPLICATIONS)
MOST = stats.binom.ppf(1 - 1e-4, FEWER, 0.05) / FEWER
DOCUMENT = (Path(__file__).parents[3] / "docs" / "calibration.md").read_text(encoding="utf-8")


def document_rows(first):
    """The rows of the document's table whose first column is named so, with per cent by number of units."""
    table = re.search(rf"\| {first} .*?\n\|[-|]+\n(.*?)\n(?:\n|<)", DOCUMENT, re.DOTALL)[1]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def rejected():
    return {(name, data): (level, [float(cell.split()[0]) for cell in cells]) for name, data, level, *cells in document_rows("test")}


def attainable(name, data):
    cells = next(row for row in document_rows("test") if row[:2] == [name, data])[3:]
    return [float(re.search(r"\((.*)\)", cell)[1]) if "(" in cell else 5.0 for cell in cells]


def test_no_exact_test_rejects_a_true_hypothesis_more_often_than_its_level():
    quick = [case for case in CASES if case.exact and "Jonckheere" not in case.name]
    exact = [replace(case, kinds=tuple(kind for kind in case.kinds if kind in case.exact)) for case in quick]
    rates = rejection_rates(exact, [6], FEWER, seed=1)
    assert len(rates) == 12
    assert rates["exact"].all()
    assert rates["rejected"].max() <= MOST
    assert 0.0 < rates["attainable"].min() <= rates["attainable"].max() <= 0.05


def test_the_study_finds_that_the_percentile_bootstrap_is_too_short_with_six_units():
    rates = coverage_rates([case for case in COVERAGES if "percentile" in case.name], [6], REPLICATIONS, seed=1)
    assert rates["covered"].max() < 0.9


def test_the_intervals_recommended_for_six_units_cover():
    recommended = [case for case in COVERAGES if "percentile" not in case.name]
    rates = coverage_rates(recommended, [6], REPLICATIONS, seed=1)
    assert rates.loc[rates["data"] != SKEWED_UNITS, "covered"].min() >= 0.88


def test_a_rate_does_not_depend_on_what_else_is_studied():
    cases = [case for case in CASES if case.name in ("sign flips, mean", "sign test, paired")]
    both, alone = rejection_rates(cases, [4, 6], 40, seed=3), rejection_rates(cases[:1], [6], 40, seed=3)
    there = both[(both["test"] == "sign flips, mean") & (both["units"] == 6)]
    assert list(there["rejected"]) == list(alone["rejected"])


def test_tables_replace_what_stood_between_the_marks_and_nothing_else():
    rates = rejection_rates(CASES[:1], [6], 5, seed=1), coverage_rates(COVERAGES[-1:], [6], 5, seed=1)
    begin, end = calibration.MARKS
    written = write_tables(f"before\n{begin}\nold\n{end}\nafter", *rates, 5, 1)
    assert written.startswith(f"before\n{begin}\n5 replications")
    assert written.endswith(f"|\n{end}\nafter")
    assert "old" not in written
    assert write_tables(written, *rates, 5, 1) == written
    with pytest.raises(ValueError, match="0 places"):
        write_tables("no marks", *rates, 5, 1)


def test_the_documents_tables_are_of_a_thousand_replications_of_the_default_seed_and_of_every_case():
    assert f"1,000 replications of each cell, seed {DEFAULT_SEED}" in DOCUMENT
    assert {name for name, _ in rejected()} == {case.name for case in CASES}
    assert {row[0] for row in document_rows("interval")} == {case.name for case in COVERAGES}


def test_in_the_document_no_exact_test_rejects_more_often_than_simulation_error_explains():
    rates = [rate for level, row in rejected().values() if level == "exact" for rate in row]
    assert max(rates) <= stats.binom.ppf(1 - 0.05 / len(rates), 1_000, 0.05) / 10
    assert sum(rate > 6.6 for rate in rates) <= 2
    assert np.mean(rates) <= 5.0


def test_in_the_document_every_exact_test_uses_up_the_level_that_it_can_attain():
    for (name, data), (level, rates) in rejected().items():
        if level == "exact":
            for rate, most in zip(rates, attainable(name, data), strict=True):
                error = np.sqrt(most * (100 - most) / 1_000)
                assert rate >= most - 3.5 * error, (name, data)


def test_in_the_document_the_recommended_regression_keeps_its_level_from_six_units_on():
    for data in (NORMAL, "skewed rounds", SKEWED_UNITS):
        _, rates = rejected()["regression, wild, sign flips", data]
        assert max(rates) <= 7.0


def test_in_the_document_what_is_recommended_for_six_units_covers_at_least_88_per_cent():
    rows = [row for row in document_rows("interval") if "percentile" not in row[0] and row[1] != SKEWED_UNITS]
    assert rows
    assert min(float(row[3]) for row in rows) >= 88.0
