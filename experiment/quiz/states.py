"""Questions about the draws and the payoffs: states, types, and points read from the payoff table."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from experiment.config import SessionSettings
from experiment.language import name_of, say, say_many
from experiment.natural_frequencies import natural_frequencies
from experiment.quiz.amounts import pick, shuffled, written
from experiment.quiz.items import STATES, Choice, ChoiceItem, NumberItem
from experiment.rounds import points_paid
from experiment.shown.numbers import digits, fixed, text
from experiment.shown.payoffs import grid_amounts

SHARED = "shared"
HALF = 0.5 + 1e-9


def likelier_state_item(settings: SessionSettings, draws: Iterator[float]) -> ChoiceItem | None:
    """Which state is likeliest a priori; if several are equally likely, the answer says so.

    It is not asked if rounding makes the frequencies that subjects read suggest another answer.
    """
    env, prior = settings.environment, natural_frequencies(settings).prior
    if len(env.states) == 1:
        return None
    likeliest = [z for z, chance in enumerate(env.prior) if isclose(chance, max(env.prior))]
    if likeliest != [z for z, count in enumerate(prior.counts) if count == max(prior.counts)]:
        return None
    values = {
        "whole": prior.base,
        "listed": ", ".join(f"{_name(state)} {count}" for state, count in zip(env.states, prior.counts, strict=True)),
    }
    choices = [Choice(f"state_{z + 1}", say("State {state}", state=_name(state))) for z, state in enumerate(env.states)]
    return ChoiceItem(
        key="likelier_state",
        section=STATES,
        question=say("Before you know your type: which state has the highest chance of being drawn?"),
        rule=say(
            "In every round the state is drawn anew, with chances that everybody knows and that do not depend on earlier rounds. "
            "Look for them in the instructions, under “{heading}”, and compare.",
            heading=say("How frequent the states are"),
        ),
        solution=say("This is how many of {whole} markets are in each state, on average: {listed}.", **values)
        if prior.exact
        else say("This is roughly how many of {whole} markets are in each state, on average: {listed}.", **values),
        answer=SHARED if len(likeliest) > 1 else choices[likeliest[0]].name,
        choices=shuffled([*choices, Choice(SHARED, say("No single one: several states share the highest chance"))], draws),
    )


def types_item(settings: SessionSettings, draws: Iterator[float]) -> NumberItem:
    """How many participants are of a type in a state, out of the number that the instructions name.

    The question asks only for a count that is the nearest whole number, so that a subject who
    computes from the exact chance is right too.
    """
    env, likelihood = settings.environment, natural_frequencies(settings).likelihood
    z = pick(range(len(env.states)), draws)
    of_state = likelihood[z]
    exact = [of_state.base * float(chance) for chance in env.likelihood[z]]
    shown = [x for x, count in enumerate(of_state.counts) if count > 0]
    x = pick([x for x in shown if abs(of_state.counts[x] - exact[x]) < HALF] or shown, draws)
    count, whole = of_state.counts[x], of_state.base
    values = {"whole": whole, "state": _name(env.states[z]), "type": _name(env.types[x])}
    return NumberItem(
        key="types",
        section=STATES,
        question=say("Think of {whole} participants in state {state}. How many of them are of type {type}, on average?", **values)
        if not of_state.rounded[x]
        else say("Think of {whole} participants in state {state}. About how many of them are of type {type}, on average?", **values),
        rule=say(
            "Given the state, each participant's type is drawn separately. Look in the instructions, under “{heading}”, for the list "
            "for state {state}: it says how many of {whole} participants are of type {type}, on average.",
            heading=say("How frequent the types are in each state"),
            **values,
        ),
        solution=say_many(
            "Of {whole} participants in state {state}, one is of type {type}, on average.",
            "Of {whole} participants in state {state}, {count} are of type {type}, on average.",
            count,
            count=count,
            **values,
        )
        if not of_state.rounded[x]
        else say_many(
            "Of {whole} participants in state {state}, about one is of type {type}, on average.",
            "Of {whole} participants in state {state}, about {count} are of type {type}, on average.",
            count,
            count=count,
            **values,
        ),
        answer=count,
        decimals=0,
        whole=whole,
    )


def points_item(settings: SessionSettings, draws: Iterator[float]) -> NumberItem:
    """The points of a bundle in the grids of the instructions; the endowment, or a bundle at the floor, only if
    there is no other.
    """
    env, shown = settings.environment, digits(settings).points
    z, x = pick(range(len(env.states)), draws), pick(range(len(env.types)), draws)
    of_q, of_r = grid_amounts(settings)
    bundles = [(q, r) for a, q in enumerate(of_q) for b, r in enumerate(of_r) if a != b]
    points = {(q, r): points_paid(env, env.types[x], env.states[z], float(q), float(r)) for q, r in bundles}
    q, r = pick([bundle for bundle in bundles if points[bundle] != env.utility.floor] or bundles, draws)
    bundle = {"q": written(q), "r": written(r), "state": _name(env.states[z]), "type": _name(env.types[x])}
    return NumberItem(
        key="points",
        section=STATES,
        question=say(
            "You are of type {type} and end a round with {q} of good q and {r} of good r. The state turns out to be {state}. "
            "How many points do you earn?",
            **bundle,
        ),
        rule=say(
            "Points depend on how much of each good you end with, on your type and on the state. In the instructions, find the points of "
            "type {type}, and among them those for {q} of good q and {r} of good r in state {state}.",
            **bundle,
        ),
        solution=say(
            "To type {type}, {q} of good q and {r} of good r are worth {points} points in state {state}.",
            points=fixed(points[q, r], shown),
            **bundle,
        ),
        answer=points[q, r],
        decimals=shown,
        mistakes=tuple(
            each
            for name in env.types
            for state in env.states
            if round(each := points_paid(env, name, state, float(q), float(r)), shown) != round(points[q, r], shown)
        ),
    )


def _name(name: str) -> str:
    return text(name_of(name))
