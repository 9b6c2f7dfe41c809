"""Every command of the tutorial runs, and what the page shows of output and report is what came out."""

import html
import re
import shlex
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from comparison.cli import main as comparison
from comparison.report.answers import answer
from tests.sizes import sized
from theory.cli import main as theory

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|)\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
QUOTED = re.findall(r"^> (.*)$", PAGE, flags=re.MULTILINE)
PROGRAMS = {"theory": theory, "comparison": comparison}
PARALLEL = ("design", "power", "estimate")
FIGURES = sized(small=False, full=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder after all commands of the page, in their order, and everything that they printed, line by line."""
    folder, printed = tmp_path_factory.mktemp("tutorial"), StringIO()
    (folder / "environments").symlink_to(PROJECT / "environments")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.chdir(folder)
        for kind, text in BLOCKS:
            for line in text.splitlines() if kind == "sh" else ():
                python, module, name, *arguments = shlex.split(line)
                assert (python, module) == ("python", "-m")
                one_process = ["--jobs", "1"] if arguments[0] in PARALLEL else []
                no_figures = ["--no-figures"] if arguments[0] == "report" and not FIGURES else []
                assert PROGRAMS[name]([*arguments, *one_process, *no_figures]) == 0, line
    return folder, [line.rstrip() for line in printed.getvalue().splitlines()]


@pytest.fixture(scope="module")
def tests_asked(run):
    """The planned tests with their answers in words, by question."""
    found = pd.read_csv(run[0] / "report" / "tests.csv").fillna({"note": ""})
    sizes = found.groupby("family")["p_value"].count()
    return {row["question"]: answer(row, sizes[row["family"]]) for row in found.to_dict("records")}


def test_the_commands_are_those_of_the_way_from_question_to_section():
    commands = [line.split()[2:4] for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
    assert commands == [
        ["theory", "check"], ["comparison", "design"], ["comparison", "power"], ["comparison", "simulate"], ["comparison", "report"],
        ["comparison", "estimate"],
    ]  # fmt: skip


def test_every_line_shown_was_printed(run, tests_asked):
    shown = [line for kind, text in BLOCKS if kind == "" for line in text.splitlines()]
    assert len(shown) >= 8
    for line in shown:
        question, asked, answered = line.partition("? ")
        if asked:
            assert tests_asked[question + "?"] == answered
        else:
            assert line in run[1]


def test_every_sentence_quoted_from_the_report_is_in_it(run):
    page = (run[0] / "report" / "report.html").read_text(encoding="utf-8")
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert len(QUOTED) >= 10
    for sentence in QUOTED:
        assert sentence in text


def test_what_the_text_says_of_files_is_so(run):
    report = run[0] / "report"
    drawn = {path.stem for path in report.glob("*.svg")}
    assert drawn == {path.stem for path in report.glob("*.pdf")}
    assert bool(drawn) == FIGURES
    assert {"prices.csv", "prices.tex", "decisions_compared.csv", "summary.json"} <= {path.name for path in report.iterdir()}
    assert not (report / "decisions_compared.tex").exists()
    assert not (report / "market_rounds.tex").exists()
    assert len(pd.read_csv(report / "decisions_compared.csv")) == 1152


def test_twelve_units_decide_nine_questions_at_once_and_eight_do_not(run):
    asked = pd.read_csv(run[0] / "report" / "tests.csv")
    benchmarks = asked[asked["family"] == "benchmarks"]
    assert len(benchmarks) == 9
    assert (2 / 2**8 * 9 > 0.05) & (2 / 2**12 * 9 < 0.05)
    assert benchmarks["least_p"].min() == pytest.approx(2 / 2**12)


def test_the_deviations_that_the_text_reads_off_the_tables_are_in_them(run):
    report = run[0] / "report"
    prices = pd.read_csv(report / "prices.csv").set_index("benchmark")
    assert round(prices.loc["nash", "mean_log_deviation"], 3) == 0.051
    parts = pd.read_csv(report / "prices_by_part.csv").set_index("part")
    low, high = parts.loc["Nash price 0.201 to 0.352"], parts.loc["Nash price 1.944 to 2.842"]
    assert round(low["mean_price"] / low["mean_nash"], 2) == 1.18
    assert round(high["mean_nash"] / high["mean_price"], 2) == 1.15


def test_estimation_finds_the_cursedness_of_the_subjects_and_prefers_cursed_beliefs(run):
    estimates = pd.read_csv(run[0] / "behaviour" / "estimates.csv").set_index("parameter")
    assert estimates.loc["chi", "low"] < 0.3 < estimates.loc["chi", "high"]
    compared = pd.read_csv(run[0] / "behaviour" / "model_comparison.csv").set_index("model")
    assert compared["behind_best"].idxmin() == "cursed"
