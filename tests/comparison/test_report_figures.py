"""The figures of a report: as many as a paper has, one column wide, complete in themselves, readable without colour."""

import re
from itertools import combinations

import pandas as pd
import pytest

from comparison.figures import information
from comparison.figures.style import COLOURS, COLUMN, HATCHES, series_style
from comparison.statistics.benchmarks import economy
from experiment.config import ENVIRONMENTS
from tests.comparison.reports import page_of
from theory.economy.environment import read_environment

POINTS = 72


def test_one_treatment_has_five_to_eight_figures_in_the_order_of_the_sections(whole_report):
    folder, page = whole_report / "out", page_of(whole_report)
    names = re.findall(r"<figcaption>Figure (\d)\.", page)
    assert names == [str(place) for place in range(1, len(names) + 1)]
    assert 5 <= len(names) <= 8
    assert {path.stem for path in folder.glob("*.svg")} == {
        "prices_by_round", "prices_against_nash", "stage1_offers", "information", "stage2_offers", "welfare_losses", "learning",
    }  # fmt: skip


def test_every_figure_is_a_column_wide(whole_report):
    for file in (whole_report / "out").glob("*.svg"):
        assert float(re.search(r'<svg [^>]*width="([\d.]+)pt"', file.read_text())[1]) == pytest.approx(COLUMN * POINTS)
    for file in (whole_report / "out").glob("*.pdf"):
        assert float(re.search(rb"/MediaBox \[ 0 0 ([\d.]+)", file.read_bytes())[1]) == pytest.approx(COLUMN * POINTS)


def test_a_pdf_holds_its_fonts_and_no_date(whole_report):
    for file in (whole_report / "out").glob("*.pdf"):
        content = file.read_bytes()
        assert b"/FontFile2" in content
        assert b"/Type3" not in content
        assert b"CreationDate" not in content


def test_no_two_series_differ_in_colour_only():
    looks = [series_style(index) for index in range(len(COLOURS))]
    for one, other in combinations(looks, 2):
        assert one["marker"] != other["marker"]
        assert one["linestyle"] != other["linestyle"]
    assert len(set(HATCHES)) == len(COLOURS)


def test_the_labels_of_the_loss_figure_are_the_losses(whole_report):
    losses = pd.read_csv(whole_report / "out" / "welfare.csv").filter(like="loss_").iloc[0]
    text = (whole_report / "out" / "welfare_losses.svg").read_text()
    comments = [comment.strip() for comment in re.findall(r"<!--(.*?)-->", text)]
    for loss in losses:
        assert f"{round(loss, 2) + 0.0:.2f}".replace("-", "\u2212") in comments


def test_dollar_signs_in_a_session_code_are_text(whole_report):
    assert "$\\frac$, market 1" in page_of(whole_report)
    assert "$\\frac$, market 1" in (whole_report / "out" / "prices_by_round.svg").read_text(encoding="utf-8")


def test_where_nothing_is_announced_there_is_no_information_figure():
    untold = pd.DataFrame({"cell": ["a"], "paid_round": [1], "state": ["low"], "brier": [float("nan")], "brier_types": [0.1]})
    known = economy(read_environment(ENVIRONMENTS / "small_market.toml"))
    assert information.information_figure(untold, ["a"], {"a": known}) is None


def test_no_treatment_of_the_information_figure_leaves_its_panel(tmp_path, monkeypatch):
    canvases = []
    monkeypatch.setattr(information, "finished", lambda name, canvas, *_: canvases.append(canvas))
    told = pd.DataFrame(
        {"cell": ["a", "a", "b", "b"], "paid_round": [1, 2, 1, 2], "state": ["low"] * 4, "brier": [0.1, 0.2, 0.3, 1.4], "brier_types": 0.1}
    )
    known = economy(read_environment(ENVIRONMENTS / "small_market.toml"))
    information.information_figure(told, ["a", "b"], {"a": known, "b": known})
    for panel in canvases[0].axes:
        low, high = panel.get_ylim()
        assert low == 0
        assert max(line.get_ydata().max() for line in panel.lines) < high
