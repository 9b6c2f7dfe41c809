"""Questions about what is drawn and what it is worth: states, types, and points read off the payoff table."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from experiment.config import SessionSettings
from experiment.display.numbers import digits, fixed, percent, text
from experiment.display.rules import SHARES_OF_ENDOWMENT
from experiment.language import name_of, say
from experiment.quiz.amounts import pick, shuffled, written
from experiment.quiz.items import STATES, Choice, ChoiceItem, NumberItem
from experiment.rounds import points_paid

SHARED = "shared"


def likelier_state_item(settings: SessionSettings, draws: Iterator[float]) -> ChoiceItem | None:
    """Which state has the highest chance a priori; where several share it, to the digit that subjects see, that is the answer."""
    env = settings.environment
    if len(env.states) == 1:
        return None
    chances = [_tenths(chance) for chance in env.prior]
    likeliest = [z for z, chance in enumerate(chances) if chance == max(chances)]
    listed = ", ".join(f"{_name(state)}: {percent(chance)}" for state, chance in zip(env.states, env.prior, strict=True))
    choices = [Choice(f"state_{z + 1}", say("State {state}", state=_name(state))) for z, state in enumerate(env.states)]
    return ChoiceItem(
        key="likelier_state",
        section=STATES,
        question=say("Before you know your type: which state has the highest chance of being drawn?"),
        rule=say(
            "In every round the state is drawn anew, with chances that everybody knows and that do not depend on earlier rounds. "
            "Look for them in the table of states, and compare."
        ),
        solution=say("These are the chances of the states, in every round: {listed}.", listed=listed),
        answer=SHARED if len(likeliest) > 1 else choices[likeliest[0]].name,
        choices=shuffled([*choices, Choice(SHARED, say("No single one: several states share the highest chance"))], draws),
    )


def types_item(settings: SessionSettings, draws: Iterator[float]) -> NumberItem:
    """How many of 100 participants are of a type in a state: a chance as a natural frequency."""
    env = settings.environment
    z = pick(range(len(env.states)), draws)
    x = pick([x for x, chance in enumerate(env.likelihood[z]) if chance > 0], draws)
    chance, state, type_name = float(env.likelihood[z, x]), _name(env.states[z]), _name(env.types[x])
    decimals = 0 if _tenths(chance) % 10 == 0 else 1
    return NumberItem(
        key="types",
        section=STATES,
        question=say(
            "Think of 100 participants in state {state}. How many of them are of type {type}, on average?", state=state, type=type_name
        ),
        rule=say(
            "Given the state, each participant's type is drawn separately. The line of state {state} in the table of states says with "
            "which chance a participant is of type {type}; a chance of 1 % means 1 of 100 on average.",
            state=state,
            type=type_name,
        ),
        solution=say(
            "In state {state} a participant is of type {type} with a chance of {chance}: {number} of 100 on average.",
            state=state,
            type=type_name,
            chance=percent(chance),
            number=fixed(100 * chance, decimals),
        ),
        answer=100 * chance,
        decimals=decimals,
    )


def points_item(settings: SessionSettings, draws: Iterator[float]) -> NumberItem:
    """The points of a bundle that stands in the payoff tables; one without trade, or on the floor, only if there is no other."""
    env, shown = settings.environment, digits(settings).points
    z, x = pick(range(len(env.states)), draws), pick(range(len(env.types)), draws)
    bundles = [(Decimal(q) * settings.grid.endowment_q, Decimal(r) * settings.grid.endowment_r) for q, r in SHARES_OF_ENDOWMENT if q != r]
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
            "Points depend on how much of each good you end with, on your type and on the state. In the payoff table of type {type}, find "
            "the line with {q} of good q and {r} of good r, and in it the column of state {state}.",
            **bundle,
        ),
        solution=say(
            "In the payoff table of type {type}, the line with {q} of good q and {r} of good r says {points} points in state {state}.",
            points=fixed(points[q, r], shown),
            **bundle,
        ),
        answer=points[q, r],
        decimals=shown,
    )


def _tenths(chance: float) -> int:
    """A chance in tenths of a percent, which is how exactly subjects see it."""
    return int((1000 * Decimal(float(chance))).to_integral_value(ROUND_HALF_UP))


def _name(name: str) -> str:
    return text(name_of(name))
