"""Chances as whole numbers: one rule, so that every page shows one chance as the same number of the same base."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from experiment.config import SessionSettings, environment_names, read_settings
from experiment.instructions.sections import types
from experiment.natural_frequencies import BASES, natural_frequencies
from experiment.quiz import quiz
from experiment.quiz.items import ChoiceItem, right_answer
from experiment.shown.chances import frequencies
from tests.economies import Economy, economies
from tests.experiment.test_quiz import random_settings
from tests.sizes import sized

CONFIG = {"participation_fee": 5, "real_world_currency_per_point": 0.1}


def session(prior: Sequence[float], likelihood: Sequence[Sequence[float]], **fields: object) -> SessionSettings:
    """A session of two states or more and two types or more, with these chances."""
    settings = read_settings(CONFIG | {"environment": "small_market"} | fields)
    env, kinds = settings.environment, len(likelihood[0])
    weight = np.linspace(0.2, 0.8, kinds)[:, None] + np.linspace(0, 0.1, len(prior))
    made = replace(
        env,
        states=tuple(f"z{n}" for n in range(len(prior))),
        types=tuple(f"t{n}" for n in range(kinds)),
        prior=np.array(prior),
        likelihood=np.array(likelihood),
        utility=replace(env.utility, weight=weight),
    )
    return replace(settings, environment=made)


@pytest.mark.parametrize(
    ("prior", "likelihood", "base", "markets", "of_first_state", "exact"),
    [
        ((0.5, 0.5), ((0.7, 0.3), (0.3, 0.7)), 100, (50, 50), (70, 30), True),
        ((0.125, 0.875), ((0.7, 0.3), (0.3, 0.7)), 1000, (125, 875), (700, 300), True),
        ((0.5, 0.5), ((0.1234, 0.8766), (0.3, 0.7)), 10_000, (5000, 5000), (1234, 8766), True),
        ((1 / 3, 2 / 3), ((0.7, 0.3), (0.3, 0.7)), 100, (33, 67), (70, 30), False),
        ((0.5, 0.5), ((1 / 3, 2 / 3), (0.3, 0.7)), 100, (50, 50), (33, 67), False),
        ((0.002, 0.998), ((1 / 3, 2 / 3), (0.3, 0.7)), 1000, (2, 998), (333, 667), False),
        ((0.5, 0.5), ((1.0, 0.0), (0.0, 1.0)), 100, (50, 50), (100, 0), True),
        ((1 / 3, 1 / 3, 1 / 3), ((0.7, 0.3),) * 3, 100, (34, 33, 33), (70, 30), False),
        ((0.1 + 0.2, 0.7), ((0.7, 0.3), (0.3, 0.7)), 100, (30, 70), (70, 30), True),
        ((0.5, 0.5), ((1e-6, 1 - 1e-6), (0.3, 0.7)), 10_000, (5000, 5000), (0, 10_000), False),
    ],
)
def test_the_base_is_the_smallest_that_is_exact_or_else_in_which_nothing_possible_vanishes(
    prior: Sequence[float],
    likelihood: Sequence[Sequence[float]],
    base: int,
    markets: Sequence[int],
    of_first_state: Sequence[int],
    exact: bool,
) -> None:
    found = natural_frequencies(session(prior, likelihood))
    assert (found.base, found.prior.counts, found.likelihood[0].counts) == (base, markets, of_first_state)
    assert all(counts.exact for counts in (found.prior, *found.likelihood)) == exact


@given(economies())
@hypothesis_settings(max_examples=sized(small=20, full=60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_counts_add_up_are_off_by_less_than_one_and_say_where_they_are_rounded(economy: Economy) -> None:
    env = replace(economy.environment, endowment_q=10.0, endowment_r=10.0, epsilon_q=0.1, epsilon_r=0.1)
    found = natural_frequencies(read_settings(CONFIG | {"environment": "made"}, environment=env))
    joint = env.prior[:, None] * env.likelihood
    told = [(found.prior, env.prior), *zip(found.likelihood, env.likelihood, strict=True)]
    told += list(zip(found.posterior, (joint / joint.sum(axis=0)).T, strict=True))
    for counts, chances in told:
        assert sum(counts.counts) == counts.base
        assert counts.base in BASES
        for count, rounded, chance in zip(counts.counts, counts.rounded, chances, strict=True):
            off = abs(count - counts.base * float(chance))
            assert off < 1
            assert rounded == (off > 1e-7)
    assert {counts.base for counts in (found.prior, *found.likelihood)} == {found.base}
    assert all(counts.base >= found.base for counts in found.posterior)


SHIPPED = [read_settings(CONFIG | {"environment": name, "show_posterior": True}) for name in environment_names()]
DECIMAL = [
    session((0.5, 0.5), ((0.1234, 0.8766), (0.3, 0.7)), show_posterior=True),
    session((0.5, 0.5), ((0.125, 0.875), (0.3, 0.7)), show_posterior=True),
    session((0.15, 0.5, 0.35), ((0.005, 0.5, 0.495), (0.3, 0.3, 0.4), (0.25, 0.125, 0.625)), show_posterior=True),
    session((1 / 3, 1 / 3, 1 / 3), ((0.7, 0.3),) * 3, show_posterior=True),
]
DRAWN = [*random_settings(sized(small=15, full=60))]
PAGES = [*SHIPPED, *DECIMAL, *DRAWN]


@pytest.mark.parametrize("settings", PAGES, ids=range(len(PAGES)))
def test_instructions_decision_pages_and_quiz_show_a_chance_as_the_same_number_of_the_same_base(settings: SessionSettings) -> None:
    env, told = settings.environment, types(settings)
    (prior,) = told.prior
    for x, own in enumerate(env.types):
        page = frequencies(settings, own)
        assert [(row.markets, page.base) for row in page.rows] == [(part.count, prior.whole) for part in prior.parts]
        assert [(row.participants, page.base) for row in page.rows] == [(state.parts[x].count, state.whole) for state in told.likelihood]
        assert page.markets_exact == prior.exact == all(is_whole(page.base, chance) for chance in env.prior)
        assert page.participants_exact == all(is_whole(page.base, chance) for chance in env.likelihood[:, x])
        assert page.participants_exact or not all(state.exact for state in told.likelihood), "no list is exact where the page is not"
    for state, chances in zip(told.likelihood, env.likelihood, strict=True):
        assert state.exact == all(is_whole(state.whole, chance) for chance in chances)
    for participant in range(1, 9):
        items = {item.key: item for item in quiz(settings, 5, participant)}
        asked = re.search(r"Think of (\d+) participants in state (\S+)\. (\w+) .*of type (\S+), on", items["types"].question)
        assert asked is not None
        state, x = told.likelihood[env.state_index(asked[2])], env.type_index(asked[4])
        assert (int(asked[1]), right_answer(items["types"])) == (state.whole, str(state.parts[x].count))
        assert (asked[3] == "About") == (not is_whole(state.whole, env.likelihood[env.state_index(asked[2]), x]))
        if "likelier_state" in items:
            item = items["likelier_state"]
            assert isinstance(item, ChoiceItem)
            assert re.findall(r"(\d+)(?=[,.] |[,.]$)", item.solution) == [str(part.count) for part in prior.parts]
            assert f"of {prior.whole} markets" in item.solution
            most = [z for z, part in enumerate(prior.parts) if part.count == max(part.count for part in prior.parts)]
            assert item.answer == ("shared" if len(most) > 1 else f"state_{most[0] + 1}")


def test_the_likelier_state_is_not_asked_for_where_rounded_frequencies_suggest_another_answer() -> None:
    def asked(*prior: float) -> bool:
        return any(item.key == "likelier_state" for item in quiz(session(prior, ((0.7, 0.3),) * len(prior)), 5, 1))

    assert [asked(1 / 3, 1 / 3, 1 / 3), asked(0.500001, 0.499999), asked(0.5, 0.5), asked(1 / 3, 2 / 3)] == [False, False, True, True]


def is_whole(base: int, chance: float) -> bool:
    share = Fraction(Decimal(repr(float(chance)))) * base
    return abs(share - round(share)) < Fraction(1, 10**8)
