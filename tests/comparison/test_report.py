"""The report on sessions whose answer is known: equilibrium play, errors of a known size, and what cannot be computed."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from experiment.config import ENVIRONMENTS
from experiment.offers import NO_TRADE, Offer
from tests.comparison.reports import FIGURES, page_of, report, report_command, rows
from tests.sizes import sized
from tests.synthetic import alpha_star, beta, noisy, play, write_export
from theory.economy.environment import environment_fields, parse_environment, read_environment

ROOT = Path(__file__).resolve().parents[2]
TABLES = {
    "cells", "sessions_read", "session_differences", "decisions_compared", "market_rounds", "prices", "prices_by_unit", "prices_by_part",
    "stage1_offers", "confusion", "information", "stage2_offers", "efficiency", "welfare", "learning", "counts", "exclusions",
    "contradictions", "tests", "predicted_offers", "predicted_prices", "files_read",
}  # fmt: skip


class Nesting(HTMLParser):
    """Fails where a tag is closed that is not open."""

    VOID = ("meta", "br", "link", "path", "use", "rect", "image")

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["mixed_values", "nearly_common", "three_types"])
def test_equilibrium_play_deviates_by_half_a_grid_step_at_most(tmp_path, name):
    summary, _ = report(tmp_path, play(participants=24, rounds=sized(small=2, full=4), environment=name, practice_rounds=1))
    half_a_step = 0.05 / 10 + 1e-12
    for row in rows(tmp_path, "decisions_compared"):
        assert abs(float(row["stage1_deviation"])) <= half_a_step
        assert row["inside_interval"] == "1"
        if row["active"] == "True":
            assert abs(float(row["stage2_deviation"])) <= half_a_step
            assert abs(float(row["announced_deviation"])) <= half_a_step
    (cell,) = summary["cells"]
    assert cell["efficiency"]["efficiency_active"] == pytest.approx(cell["efficiency"]["efficiency_nash_active"], abs=0.01)
    assert all(kind["share_inside_interval"] == 1 for kind in cell["stage1_offers"].values())


def test_on_a_fine_grid_equilibrium_prices_are_nash_prices(tmp_path):
    summary, _ = report(tmp_path, play(participants=24, rounds=4, environment="mixed_values", offer_grid=0.0001))
    prices = summary["cells"][0]["prices"]
    assert prices["nash"]["mean_abs_log_deviation"] < 1e-4
    assert prices["announced"]["mean_abs_log_deviation"] < 1e-4
    assert prices["competitive"]["mean_abs_log_deviation"] > 0.1


def test_no_trade_has_efficiency_zero(tmp_path):
    summary, _ = report(tmp_path, play(participants=8, rounds=2, first=lambda _: NO_TRADE, second=lambda _: NO_TRADE))
    efficiency = summary["cells"][0]["efficiency"]
    assert efficiency["efficiency_active"] == pytest.approx(0, abs=1e-12)
    assert efficiency["efficiency_all"] == pytest.approx(0, abs=1e-12)


def test_a_known_error_of_offers_is_found_again(tmp_path):
    def shifted(seat):
        return Offer(0.0, 1.0) if alpha_star(seat).q else Offer(1.0, 0.0)

    summary, _ = report(tmp_path, play(participants=8, rounds=3, first=shifted))
    offers = summary["cells"][0]["stage1_offers"]
    for kind in ("blue", "green"):
        assert offers[kind]["mean"] == pytest.approx(math.copysign(0.1, -offers[kind]["alpha_star"]))
        assert offers[kind]["mean_abs_deviation"] == pytest.approx(abs(offers[kind]["alpha_star"]) + 0.1)
        assert offers[kind]["share_inside_interval"] == 0


def test_practice_rounds_are_in_no_statistic_and_are_said(tmp_path):
    def first(seat):
        return NO_TRADE if seat.round_number <= 2 else alpha_star(seat)

    summary, page = report(tmp_path, play(participants=8, rounds=2, practice_rounds=2, first=first))
    (cell,) = summary["cells"]
    assert summary["rows"] == {"total": 32, "unfinished": 0, "practice": 16, "contradicted": 0, "used": 16}
    assert sum(kind["offers"] for kind in cell["stage1_offers"].values()) == 16
    assert all(kind["mean_abs_deviation"] < 0.01 for kind in cell["stage1_offers"].values())
    assert [row["paid_round"] for row in cell["learning"]] == [1, 2]
    assert "Practice rounds (16 rows)" in page


def test_missed_decisions_are_counted_and_in_no_statistic_of_offers(tmp_path):
    def missing(rule):
        return lambda seat: None if seat.participant == 1 else rule(seat)

    summary, page = report(tmp_path, play(participants=8, rounds=3, first=missing(alpha_star), second=missing(beta)))
    (cell,) = summary["cells"]
    assert cell["counts"]["stage1_absent"] == 3
    assert sum(kind["offers"] for kind in cell["stage1_offers"].values()) == 21
    assert "were missed" in page


def test_the_price_sentence_counts_the_markets_where_an_active_subject_missed_the_first_offer(tmp_path):
    _, page = report(tmp_path, play(participants=8, rounds=6, first=lambda seat: None if seat.participant == 1 else alpha_star(seat)))
    absent = [row for row in rows(tmp_path, "decisions_compared") if row["stage1_source"] == "absent"]
    missed = sum(row["active"] == "True" for row in absent)
    assert 0 < missed < len(absent) == 6
    assert sum(int(row["missed"]) for row in rows(tmp_path, "market_rounds")) == missed
    assert (
        f"In 0 of 12 market rounds some active subject&#x27;s first offer was read as another type&#x27;s, and in {missed} one was missed"
        in page
    )
    assert "was read as the wrong type&#x27;s or was missed" in page


def test_the_report_says_what_its_numbers_can_and_cannot_show(tmp_path):
    _, page = report(tmp_path, play(participants=8, rounds=1))
    for sentence in (
        "The share can exceed 1 or be negative, in one market and in sums",
        "If it is 100 % for every type and nobody&#x27;s offer was missed, an announced histogram reveals all types",
        "the subject itself is assumed to best-reply to them",
        "with learning towards the equilibrium they would fall",
        "N \u2212 M agents drawn at random become inactive and trade at the fixed price p1.",
        "The M active agents learn the histogram of their first offers, make",
    ):
        assert sentence in page
    assert "if the types were known," not in page
    assert "merges" not in page


def test_the_design_is_told_as_it_was_where_nothing_is_announced_and_nobody_becomes_inactive(tmp_path):
    bare = play(participants=4, rounds=1, treatment="bare", announcement="none", inactive_threat="none")
    _, page = report(tmp_path / "one", bare)
    assert "then nobody becomes inactive." in page
    assert "The M active agents learn nothing of the first offers, make" in page
    assert "Nothing was announced, so nobody could read them." in page
    assert "reveals all types" not in page
    assert "which would be played if the types were known, realises" in page
    _, page = report(tmp_path / "two", bare, play(code="other123", participants=4, rounds=1))
    assert "trade at the fixed price p1 (nobody in some treatments)." in page
    assert "the histogram of their first offers (nothing in some treatments), make" in page
    assert "reveals all types" in page


def test_two_treatments_are_kept_apart_and_units_are_matching_groups(tmp_path):
    summary, page = report(
        tmp_path,
        play(code="first111", participants=12, rounds=2, treatment="groups"),
        play(code="second22", participants=12, rounds=2, treatment="mixing", matching="random"),
        play(code="third333", participants=8, rounds=2, treatment="groups", announcement="none"),
    )
    designs = {cell["cell"]: cell["design"] for cell in summary["cells"]}
    assert {name: design["independent_units"] for name, design in designs.items()} == {
        "groups, announcement histogram": 3,
        "groups, announcement none": 2,
        "mixing": 1,
    }
    assert summary["independent_units"] == 6
    assert "is the equilibrium in which the others&#x27; types stay unknown" in page
    assert "Nothing was announced; from the price of the equilibrium in which types stay unknown the observed price differs by" in page
    assert summary["cells"][1]["prices"]["announced"]["mean_abs_log_deviation"] > 0


def test_where_nobody_can_become_inactive_the_report_says_what_alpha_star_is_worth(tmp_path):
    _, page = report(tmp_path, play(participants=4, rounds=1, inactive_threat="none"))
    assert "nobody becomes inactive" in page


def test_optima_that_coincide_are_said_and_the_rest_is_computed(tmp_path):
    fields = environment_fields(read_environment(ENVIRONMENTS / "small_market.toml"))
    fields["utility"]["weight"]["green"] = fields["utility"]["weight"]["blue"]
    fields["likelihood"] = {state: {"blue": 0.5, "green": 0.5} for state in fields["likelihood"]}
    summary, page = report(tmp_path, play(participants=8, rounds=2, economy=parse_environment(fields)))
    (cell,) = summary["cells"]
    assert "same stage-1 optimum" in cell["not_separating"]
    assert cell["stage1_offers"]["blue"]["share_inside_interval"] is None
    assert cell["prices"]["announced"]["market_rounds"] == 0
    assert cell["prices"]["nash"]["market_rounds"] == 4
    assert "No first offer is read as a type" in page


def test_states_that_the_paper_would_merge_are_said(tmp_path):
    fields = environment_fields(read_environment(ENVIRONMENTS / "small_market.toml"))
    fields["likelihood"] = {state: {"blue": 0.5, "green": 0.5} for state in fields["likelihood"]}
    _, page = report(tmp_path, play(participants=8, rounds=1, economy=parse_environment(fields)))
    assert "the paper merges such states (section 2.1)" in page


@pytest.mark.parametrize(
    ("session", "figures"),
    [
        (play(participants=4, rounds=1), FIGURES),
        (play(participants=4, rounds=1, practice_rounds=1, first=lambda _: None, second=lambda _: None), True),
        (play(participants=4, rounds=1, first=lambda _: Offer(1.0, 0.0), shutdown_if_equal=True), FIGURES),
        (play(participants=2, rounds=1, market_size=2), FIGURES),
    ],
    ids=("session0", "session1", "session2", "session3"),
)
def test_the_smallest_data_sets_have_a_report(tmp_path, session, figures):
    _, page = report(tmp_path, session, figures=figures)
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


def test_a_session_broken_off_in_practice_has_a_report_without_statistics(tmp_path):
    session = play(participants=4, rounds=1, practice_rounds=1)
    object.__setattr__(session, "decisions", session.decisions[:4])
    summary, page = report(tmp_path, session, payments=False, figures=True)
    assert summary["cells"][0]["efficiency"] is None
    assert "<svg" not in page


def test_every_table_and_figure_of_the_page_is_a_file_too(whole_report):
    out, page = whole_report / "out", page_of(whole_report)
    assert {path.stem for path in out.glob("*.csv")} == TABLES
    assert len(list(out.glob("*.svg"))) == len(list(out.glob("*.pdf"))) == page.count("<svg") == 7
    assert page.count("<caption>") == len(list(out.glob("*.tex")))
    assert len(pd.read_csv(out / "decisions_compared.csv")) == 32


@pytest.fixture(scope="module")
def without_figures(tmp_path_factory, whole_report):
    """The folder of the same report without figures; only to be looked at."""
    folder = tmp_path_factory.mktemp("bare")
    assert report_command(whole_report / "export", folder / "out", figures=False) == 0
    return folder


def test_without_figures_the_report_has_the_same_numbers_and_says_that_none_were_drawn(without_figures, whole_report):
    assert not [path for kind in ("svg", "pdf") for path in (without_figures / "out").glob(f"*.{kind}")]
    tables = list((without_figures / "out").glob("*.csv"))
    assert {path.stem for path in tables} == TABLES
    for file in tables:
        assert file.read_bytes() == (whole_report / "out" / file.name).read_bytes()
    page = page_of(without_figures)
    assert "No figures were drawn (--no-figures)" in page
    assert "<svg" not in page
    assert page.count("<caption>") == page_of(whole_report).count("<caption>")


def test_files_of_an_earlier_report_do_not_stay_and_files_of_others_do(tmp_path, whole_report):
    out = tmp_path / "out"
    if FIGURES:
        report(tmp_path, *(play(code=f"s{n}", participants=4, rounds=1, treatment=f"t{n}") for n in range(2)))
        assert {"stage1_offers_1.svg", "stage2_offers_2.pdf", "tests_2.tex"} < {path.name for path in out.iterdir()}
    else:
        shutil.copytree(whole_report, tmp_path, dirs_exist_ok=True)
        assert {"stage1_offers.svg", "stage2_offers.pdf", "tests_1.tex"} < {path.name for path in out.iterdir()}
    (out / "mine.svg").write_text("mine")
    for path in (tmp_path / "export").iterdir():
        path.unlink()
    summary, page = report(tmp_path, play(participants=4, rounds=1))
    assert (out / "mine.svg").read_text() == "mine"
    assert {path.name for path in out.iterdir()} == {*summary["files_written"], "summary.json", "mine.svg"}
    assert len(list(out.glob("*.svg"))) - 1 == page.count("<svg") == (7 if FIGURES else 0)


def test_an_earlier_summary_that_names_a_file_elsewhere_removes_nothing_there(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "precious.csv").write_text("kept")
    (tmp_path / "out" / "summary.json").write_text(json.dumps({"files_written": ["../precious.csv", "notes.txt"]}))
    (tmp_path / "out" / "notes.txt").write_text("kept")
    report(tmp_path, play(participants=4, rounds=1))
    assert (tmp_path / "precious.csv").read_text() == (tmp_path / "out" / "notes.txt").read_text() == "kept"


def test_the_page_is_well_formed_and_needs_nothing_from_elsewhere(whole_report):
    page = page_of(whole_report)
    parser = Nesting()
    parser.feed(page)
    assert parser.open == []
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "<script" not in page
    assert "@import" not in page
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(names)


def test_markup_in_the_data_stays_text(tmp_path):
    _, page = report(tmp_path, play(code="<b>&x", participants=4, rounds=1))
    assert "<b>&x" not in page


def contents_of_another_process(export, out, hash_seed):
    """The files of a report that a process of its own has written, in which sets have another order."""
    command = [sys.executable, "-m", "comparison", "report", str(export), "--out", str(out), *(() if FIGURES else ("--no-figures",))]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": str(hash_seed)}, capture_output=True)
    return contents(out)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_export_gives_the_same_bytes(tmp_path, whole_report, without_figures):
    found = contents_of_another_process(whole_report / "export", tmp_path / "out", hash_seed=1)
    assert found == contents((whole_report if FIGURES else without_figures) / "out")
    assert len(found) > 20


@pytest.mark.full
def test_the_same_export_of_two_treatments_gives_the_same_bytes(tmp_path):
    sessions = [
        play(code=f"s{n}", participants=8, rounds=3, first=noisy(alpha_star, 20), second=noisy(beta, 20), seed=n + 1, treatment=f"t{n}")
        for n in range(2)
    ]
    write_export(tmp_path / "export", sessions)
    first, second = (contents_of_another_process(tmp_path / "export", tmp_path / f"out{n}", hash_seed=n) for n in (1, 2))
    assert first == second
    assert len(first) > 20
