"""``books``: the entry fee that finances the mechanism in every state, what entering is worth at it, and what is paid out."""

from __future__ import annotations

import argparse
import math
import reprlib
from typing import get_args

import numpy as np

from theory.commands.arguments import WrongArgument
from theory.commands.command import Answer, Commands, by_name, mechanism_answer
from theory.commands.tables import title
from theory.commands.text_tables import join, number, table
from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.efficiency.books import Books, Covered, NoFee, Participation, after_fee, books, entry_fee, participation

GIVEN = "given"
ROUNDING = 1e-9
"""A shortfall below this share of the endowment is rounding error."""
LEADS = {
    "states": "The fee that finances the mechanism in every state, in expectation given the state, is {}.",
    "worst": "The fee that finances the mechanism whatever is drawn is {}.",
    "expected": "The fee that balances the books only on average over the states is {}.",
    GIVEN: "The fee is {}.",
}
ROWS = {
    "states": "what is paid out in every state, in expectation given the state",
    "worst": "the most that can be paid out, whatever is drawn",
    "expected": "only the average over the states",
}


def add(commands: Commands) -> None:
    """Put ``books`` on the command line."""
    more = "Amounts are for the whole market, in the separating equilibrium; a fee changes endowments, and so the equilibrium."
    sub = commands.command(
        "books",
        "what the mechanism pays out, the entry fee that finances it, and what entering is worth at that fee",
        books_answer,
        books_text,
        more,
        by_role="it computes one fee for everyone, and everyone has the same endowment after paying it",
    )
    covers = (
        "what the fee covers, for each good: the payout in every state, in expectation given the state (states, the default); the most that"
        " any draw pays out (worst); the payout on average over the states (expected), so that a surplus in one state pays for a deficit"
        " in another; or amounts of q and r per agent such as 0.2,0.1"
    )
    sub.add_argument("--fee", default="states", metavar="FEE", help=covers)


def books_answer(env: Environment, given: argparse.Namespace) -> Answer:
    """The books without and with the fee, what entering is worth, and a summary for the other fees."""
    fees = {}
    if given.fee in get_args(Covered):
        found = entry_fee(env, given.fee)
        covers, fee, after = given.fee, found.fee, found.books
    else:
        covers, fee = GIVEN, _amounts(given.fee)
        after = books(after_fee(env, fee))
    enter = participation(env, fee)
    for what in get_args(Covered):
        fees[what] = _in_short(env, fee, after, enter) if what == covers else _other(env, what)
    return {
        "environment": env.name,
        "mechanism": mechanism_answer(env),
        "without_fee": _payouts(env, books(env)),
        "covers": covers,
        "fee": np.asarray(fee).tolist(),
        "with_fee": {"collected": (env.agents * np.asarray(fee)).tolist(), **_payouts(env, after)},
        "unfinanced": _unfinanced(env, fee, after),
        "participation": {"ex_ante": enter.ex_ante, "by_type": by_name(env.types, enter.by_type)},
        "fees": fees,
    }


def books_text(answer: Answer) -> str:
    """The fee first, then what it does to those who enter, then the other fees, then the payouts."""
    enter = answer["participation"]
    gains = [("before types are drawn", number(enter["ex_ante"])), *((x, number(points)) for x, points in enter["by_type"].items())]
    return join(
        title(answer),
        LEADS[answer["covers"]].format(_per_agent(answer["fee"])) + _unfinanced_text(answer["unfinanced"]),
        _participation_text(enter),
        table(("at this fee entering is worth, in points", ""), gains),
        table(("a fee per agent that covers", "q", "r", "entering is worth"), [_fee_row(*item) for item in answer["fees"].items()]),
        *(f"A fee for {ROWS[what]}: {one['problem']}" for what, one in answer["fees"].items() if one["fee"] is None),
        *_remarks(answer),
        table(("with this fee the designer", "q", "r"), _payout_rows(answer["with_fee"])),
        table(("without a fee the designer", "q", "r"), _payout_rows(answer["without_fee"])),
    )


def _payouts(env: Environment, found: Books) -> Answer:
    parts = {"stage2": found.stage2, "inactive": found.inactive, "expected": found.expected, "worst": found.worst}
    return {**{name: part.tolist() for name, part in parts.items()}, "by_state": by_name(env.states, found.by_state)}


def _unfinanced(env: Environment, fee: FloatArray, after: Books) -> Answer:
    """What is paid out of each good beyond what is collected, in expectation given each state."""
    short = after.by_state - env.agents * np.asarray(fee)
    return by_name(env.states, np.where(short > ROUNDING * max(env.endowment_q, env.endowment_r), short, 0.0))


def _in_short(env: Environment, fee: FloatArray, after: Books, enter: Participation) -> Answer:
    return {"fee": np.asarray(fee).tolist(), "unfinanced": _unfinanced(env, fee, after), "ex_ante": enter.ex_ante, "problem": None}


def _other(env: Environment, what: Covered) -> Answer:
    try:
        found = entry_fee(env, what)
    except NoFee as problem:
        return {"fee": None, "unfinanced": None, "ex_ante": None, "problem": str(problem)}
    return _in_short(env, found.fee, found.books, participation(env, found.fee))


def _remarks(answer: Answer) -> list[str]:
    """Notes on the other fees: at which ones nobody enters, and that a fee for the average does not finance the mechanism."""
    others = {what: one for what, one in answer["fees"].items() if what != answer["covers"] and one["fee"] is not None}
    said = [
        f"At a fee for {ROWS[what]}, entering is worth less than nothing before types are drawn."
        for what, one in others.items()
        if one["ex_ante"] < 0
    ]
    if "expected" in others and (short := _unfinanced_text(others["expected"]["unfinanced"])):
        said.append("A fee for only the average does not finance the mechanism: what is left over in one state pays for another." + short)
    return [" ".join(said)] if said else []


def _per_agent(fee: list[float]) -> str:
    return f"{number(fee[0])} of q and {number(fee[1])} of r per agent"


def _unfinanced_text(short: Answer) -> str:
    """A sentence on what the designer still has to find after a fee, with a space before it, or nothing."""
    parts = [
        f"{number(amount)} of {good} in state {state}"
        for state, amounts in short.items()
        for good, amount in zip("qr", amounts, strict=True)
        if amount
    ]
    return f" In expectation given the state the designer still has to find {', '.join(parts)}." if parts else ""


def _participation_text(enter: Answer) -> str:
    worth = number(enter["ex_ante"])
    losing = [x for x, points in enter["by_type"].items() if points < 0]
    if enter["ex_ante"] < 0:
        said = f"Entering is then worth less than nothing, {worth} points before types are drawn: agents who may choose stay out."
    else:
        said = f"Entering is then worth {worth} points before types are drawn."
    if losing and len(losing) < len(enter["by_type"]):
        said += f" For agents who know that they are of type {' or '.join(losing)} it is worth less than nothing."
    return said


def _fee_row(what: str, one: Answer) -> tuple[str, str, str, str]:
    amounts = one["fee"] or [None, None]
    return ROWS[what], number(amounts[0]), number(amounts[1]), number(one["ex_ante"])


def _payout_rows(payouts: Answer) -> list[tuple[str, ...]]:
    words = {
        "collected": "collects",
        "stage2": "pays out at stage 2, on average over the states",
        "inactive": "pays out to the inactive, on average over the states",
        "expected": "pays out at both, on average over the states",
        "worst": "pays out at most, whatever is drawn",
    }
    rows = [(words[name], *map(number, payouts[name])) for name in words if name in payouts]
    states = [(f"pays out at both in state {state}", *map(number, amounts)) for state, amounts in payouts["by_state"].items()]
    return [*rows[:-1], *states, rows[-1]]


def _amounts(text: str) -> FloatArray:
    try:
        amounts = [float(part) for part in text.split(",")]
    except ValueError:
        amounts = []
    if len(amounts) != 2 or not all(map(math.isfinite, amounts)):
        raise WrongArgument(f"--fee is {reprlib.repr(text)}, but it is states, worst, expected, or two amounts per agent such as 0.2,0.1.")
    return np.array(amounts)
