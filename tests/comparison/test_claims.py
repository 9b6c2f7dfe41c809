"""What the report claims, on data of which the truth is known: no claim where it is false, agreement where it is true."""

import csv
import html
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest

from comparison.behaviour.simulate import simulate
from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from comparison.data.sessions import UNSAID
from comparison.data.synthetic import write_export as write_plain
from comparison.hypotheses import hypothesis_tests
from comparison.inference.units import UNIT
from comparison.report.answers import answer
from comparison.report.answers import tested as questions_with_an_answer
from comparison.report.behaviour import _sentences as model_sentences
from comparison.statistics.benchmarks import predictions
from comparison.statistics.tables import compute_tables
from experiment.config import DEFAULTS, read_settings
from tests.comparison.reports import report, report_command
from tests.sizes import sized
from tests.synthetic import alpha_star, beta, noisy, play, write_export
from theory.economy.environment import environment_fields, parse_environment, read_environment
from theory.equilibrium.rivals import NASH_PRIVATE, rival_outcome
from theory.equilibrium.semipooling import one_stage_offers

ROUNDS = sized(small=6, full=9)
"""Rounds of sessions in which agreement can be shown."""
FORBIDDEN = (
    "closest benchmark", "most often the closest", "Is Nash the closest", "Conduct theta", "move one for one", "Responsiveness",
    "approaches", "starts at", "Asymptote",
)  # fmt: skip
"""Words of statistics that do not measure what they say: they stand in no report, whatever the data."""


def dict_of(name):
    return environment_fields(read_environment(f"environments/{name}.toml"))


@cache
def _unaware_offers(name):
    environment = parse_environment(dict_of(name))
    return one_stage_offers(environment, environment.active)


def unaware(seat):
    """A second offer of the equilibrium in which nothing is announced."""
    environment = seat.settings.environment
    return seat.settings.grid.nearest(*_unaware_offers(environment.name)[environment.type_index(seat.type)])


def on_own_type(seat):
    """A second offer of Nash players who hold what their own type says, whatever is announced."""
    environment = seat.settings.environment
    counts = [seat.active_types.count(name) for name in environment.types]
    offers = rival_outcome(environment, NASH_PRIVATE, [counts]).offers[0]
    return seat.settings.grid.nearest(*offers[environment.type_index(seat.type)])


def one_sided():
    """Mixed values where good q is worth more to everybody: the Nash price lies above 1 at both states."""
    fields = dict_of("mixed_values")
    fields["utility"]["weight"] = {"blue": {"low": 0.55, "high": 0.75}, "green": {"low": 0.75, "high": 0.93}}
    return parse_environment(fields)


def tables(folder, session):
    export = read_export(write_export(folder, session))
    markets = market_rounds(export)
    return compute_tables(markets, predictions(markets), check_export(export, markets))


def said(found, question):
    """The answers to the questions that begin so, and the rows of the tests."""
    rows = found[found["question"].str.startswith(question)]
    sizes = {family: questions_with_an_answer(here) for family, here in found.groupby("family")}
    return {answer(row, sizes[row["family"]]) for row in rows.to_dict("records")}, rows


def words_of(page):
    page = re.sub(r"<(svg|style).*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


@pytest.fixture(scope="module")
def equilibrium(tmp_path_factory):
    return tables(tmp_path_factory.mktemp("equilibrium"), play(participants=120, rounds=ROUNDS, environment="mixed_values"))


def test_prices_that_follow_the_equilibrium_agree_with_it(equilibrium):
    found = hypothesis_tests(equilibrium.decisions_compared, equilibrium.market_rounds)
    assert said(found, "Does the price agree")[0] == {"Yes."}
    answers, rows = said(found, "Do stage-2 offers of type blue agree")
    assert answers == {"Yes."}
    assert abs(rows["estimate"].item()) < 0.01


def test_errors_that_cancel_over_all_market_rounds_are_no_agreement(equilibrium):
    """Every unit's mean is exactly zero: too high by half where the Nash price is low, too low where it is high."""
    rounds = equilibrium.market_rounds
    error = -0.5 * np.sign(np.log(rounds["price_nash"]))
    error -= error.groupby([rounds[name] for name in UNIT]).transform("mean")
    assert error.groupby([rounds[name] for name in UNIT]).mean().abs().max() < 1e-12
    found = hypothesis_tests(equilibrium.decisions_compared, rounds.assign(log_deviation_nash=error))
    answers, rows = said(found, "Does the price agree")
    assert answers == {"Agreement is not shown."}
    assert abs(rows["estimate"].item()) > 0.3
    assert said(found, "Does the price differ")[0] == {"Yes: above.", "Yes: below."}


def test_prices_that_are_all_too_high_by_the_same_factor_do_not_agree(equilibrium):
    found = hypothesis_tests(equilibrium.decisions_compared, equilibrium.market_rounds.assign(log_deviation_nash=0.15))
    assert said(found, "Does the price agree")[0] == {"Agreement is not shown."}
    assert said(found, "Does the price differ")[0] == {"Yes: above."}


def test_second_offers_that_are_off_by_opposite_amounts_do_not_agree_with_beta(equilibrium):
    decisions = equilibrium.decisions_compared
    typed = decisions["stage2_source"] == "typed"
    by = [decisions["type"], *(decisions[name] for name in UNIT)]
    error = (0.2 * np.sign(decisions["beta"] - decisions["beta"].groupby(by).transform("median"))).where(typed)
    error -= error.groupby(by).transform("mean")
    found = hypothesis_tests(decisions.assign(stage2_deviation=error), equilibrium.market_rounds)
    for kind in ("blue", "green"):
        assert said(found, f"Do stage-2 offers of type {kind} agree")[0] != {"Yes."}


@pytest.mark.parametrize("rule", [unaware, on_own_type])
def test_subjects_who_do_not_read_the_announcement_are_not_found_to_agree(tmp_path, rule):
    played = tables(tmp_path, play(participants=120, rounds=ROUNDS, environment="mixed_values", second=rule))
    found = hypothesis_tests(played.decisions_compared, played.market_rounds)
    answers, rows = said(found, "Does the price agree")
    assert answers == {"Agreement is not shown."}
    assert abs(rows["estimate"].item()) > 0.1


@pytest.mark.parametrize(("rule", "agrees"), [(beta, True), (on_own_type, False)])
def test_where_the_nash_price_lies_above_one_at_every_state_agreement_is_told_from_its_absence(tmp_path, rule, agrees):
    played = tables(
        tmp_path, play(participants=120, rounds=ROUNDS, second=rule, economy=one_sided(), environment="mixed_values", offer_grid=0.01)
    )
    assert (played.market_rounds["price_nash"] > 1).mean() > 0.9
    found = hypothesis_tests(played.decisions_compared, played.market_rounds)
    assert said(found, "Does the price agree")[0] == {"Yes." if agrees else "Agreement is not shown."}


def test_a_report_on_subjects_who_ignore_the_announcement_says_neither_that_prices_agree_nor_that_it_is_used(tmp_path):
    settings = read_settings(
        {**DEFAULTS, **UNSAID, "environment": "mixed_values", "participation_fee": 0, "real_world_currency_per_point": 1, "rounds": 9}
    )
    write_plain(tmp_path / "export", simulate("cursed", {"chi": 1.0, "lambda1": 5.0, "lambda2": 20.0}, settings, 10, 1, 3))
    assert report_command(tmp_path / "export", tmp_path / "out") == 0
    text = words_of((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert not [word for word in FORBIDDEN if word in text]
    assert re.findall(r"Does the price agree[^?]*\? +(Yes|Agreement is not shown)", text)
    for line in csv.DictReader((tmp_path / "out" / "tests.csv").open(encoding="utf-8", newline="")):
        if line["family"] in ("price", "stage 2") and " agree " in line["question"]:
            assert re.search(re.escape(line["question"]) + r" +(Agreement is not shown|Not decided)", text), line["question"]
    assert "do not show that subjects use the announcement" in text


def test_a_report_on_the_equilibrium_crowns_no_other_benchmark_and_says_what_the_grid_does(tmp_path):
    summary, page = report(tmp_path, play(participants=12, rounds=4, environment="small_market"))
    text = words_of(page)
    assert not [word for word in FORBIDDEN if word in text]
    assert "closest" not in text
    moved = re.findall(r"mean \|ln deviation\| (0\.\d+)", text)
    assert len(moved) == 2
    assert moved[0] == moved[1], "the whole distance from Nash is what rounding to the grid makes"
    (cell,) = summary["cells"]
    assert not {"closest", "conduct", "responsiveness", "asymptotes"} & set(cell)
    assert not {"closest.csv", "conduct.csv", "responsiveness.csv", "asymptotes.csv"} & set(summary["files_written"])


def test_where_rounds_could_stand_in_any_order_no_learning_is_claimed(tmp_path):
    summary, page = report(tmp_path, play(participants=32, rounds=9, first=noisy(alpha_star, 20), second=noisy(beta, 20), seed=4))
    text = words_of(page)
    assert not [word for word in FORBIDDEN if word in text]
    learning = [test for test in summary["tests"] if test["family"] == "learning"]
    assert len(learning) == 4
    for test in learning:
        assert re.search(re.escape(test["question"]) + r" +(Not decided|Cannot)", text), test


def test_offers_that_scatter_widely_are_said_to_agree_on_average_only(tmp_path):
    """Every offer is 0.3 of the endowment away, above and below in turn: the mean agrees, no offer does."""

    def far(seat):
        signed = alpha_star(seat).signed + (3 if (seat.participant + seat.round_number) % 2 else -3)
        return seat.settings.grid.nearest(max(-signed, 0.0), max(signed, 0.0))

    rounds = sized(small=4, full=10)
    played = tables(tmp_path, play(participants=144, rounds=rounds, environment="mixed_values", first=far, seed=3))
    found = hypothesis_tests(played.decisions_compared, played.market_rounds)
    answers, rows = said(found, "Do stage-1 offers of type blue agree")
    assert answers == {"Yes."}
    assert "on average" in rows["question"].item()
    for question in found["question"]:
        assert " agree " not in question or "on average" in question


def test_with_one_unit_no_model_is_said_to_predict_unseen_units_best(tmp_path):
    session = play(participants=4, rounds=3, first=noisy(alpha_star, 2), second=noisy(beta, 2), offer_grid=0.5)
    export = write_export(tmp_path / "export", session)
    assert report_command(export, tmp_path / "out", "--estimate", "--bootstrap", "2") == 0
    assert "predicts unseen units best" not in words_of((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))


def test_first_offers_at_random_are_not_said_to_tell_a_share_below_zero(tmp_path):
    settings = read_settings(
        {**DEFAULTS, **UNSAID, "environment": "mixed_values", "participation_fee": 0, "real_world_currency_per_point": 1}
    )
    write_plain(tmp_path / "export", simulate("uniform", {}, settings, 2, 1, 4))
    assert report_command(tmp_path / "export", tmp_path / "out") == 0
    page = words_of((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert "the announcement, read as the theory reads it, misled" in page
    assert "of what the active subjects' types knew" not in page


def test_models_that_predict_alike_are_both_named():
    compared = pd.DataFrame({"cell": "a", "model": ["uniform", "level_k"], "behind_best": [0.0, 0.01], "behind_best_se": [0.0, 0.02]})
    assert model_sentences(compared) == ["In treatment a, uniform and level_k predict unseen units equally well."]
    (apart,) = model_sentences(compared.assign(behind_best=[0.0, 3.0]))
    assert "uniform predicts unseen units best; level_k comes next, 3.0 behind" in apart
