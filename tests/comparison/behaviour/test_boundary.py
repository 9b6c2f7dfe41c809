"""A parameter at an end of its range: an estimate, a note, and no interval, in every output."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from comparison.behaviour.choices import played
from comparison.behaviour.estimation import estimate
from comparison.behaviour.intervals import bootstrap_intervals
from comparison.behaviour.models import model
from comparison.behaviour.results import AT_END
from comparison.cli import main
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from tests.comparison.reports import report_command
from tests.synthetic import alpha_star, beta, noisy, play, write_export

MISSING = ["se", "low", "high", "percentile_low", "percentile_high"]


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    session = play(participants=16, rounds=3, first=noisy(alpha_star, 2), second=noisy(beta, 2), offer_grid=0.5)
    return write_export(tmp_path_factory.mktemp("export"), session)


def test_no_report_shows_an_interval_of_no_width(export, tmp_path):
    assert report_command(export, tmp_path, "--estimate", "--bootstrap", "20") == 0
    found = pd.read_csv(tmp_path / "estimates.csv")
    at_end = found[found["note"] == AT_END]
    assert {"level0", "chi"} & set(at_end["parameter"])
    assert at_end[MISSING].isna().all(axis=None)
    inside = found[found["note"].isna()]
    assert (inside["high"] > inside["low"]).all()
    assert (inside["se"] > 0).all()
    in_json = [row for row in json.loads((tmp_path / "summary.json").read_text())["estimates"] if row["note"] == AT_END]
    assert len(in_json) == len(at_end)
    assert {row[name] for row in in_json for name in MISSING} == {None}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    lines = [re.findall(r"<td[^>]*>([^<]*)</td>", line) for line in page.splitlines() if AT_END in line]
    assert len(lines) == len(at_end)
    for cells in lines:
        assert cells[4:7] == ["–", "–", "–"]
    latex = [line.split(" & ") for line in (tmp_path / "estimates.tex").read_text().splitlines() if AT_END in line]
    assert len(latex) == len(at_end)
    for cells in latex:
        assert cells[4:7] == ["--", "--", "--"]


def test_the_command_estimate_prints_none_either(export, tmp_path, capsys):
    main(["estimate", str(export), "--out", str(tmp_path), "--models", "level_k", "--bootstrap", "20", "--jobs", "1"])
    line = next(line for line in capsys.readouterr().out.splitlines() if AT_END in line)
    assert "nan" not in line.lower()
    assert pd.read_csv(tmp_path / "estimates.csv").query("note == @AT_END")[MISSING].isna().all(axis=None)


def test_a_parameter_inside_its_range_keeps_its_interval_beside_one_at_the_end(export):
    fit = estimate(model("level_k"), played(market_rounds(read_export(export))))
    assert fit.at_end.any()
    assert not fit.at_end.all()
    at = bootstrap_intervals(fit, 20, 0)
    for numbers in (at.standard_error, at.low, at.high, at.percentile_low, at.percentile_high):
        np.testing.assert_array_equal(np.isnan(numbers), fit.at_end)
