"""``books``: what the mechanism pays out, the entry fee that finances it, and whether agents enter at it."""

from __future__ import annotations

import argparse
import math
import reprlib

import numpy as np

from theory.books import Books, after_fee, books, entry_fee, participation
from theory.commands.command import Answer, Commands, WrongArgument, by_name, mechanism_answer
from theory.commands.tables import join, number, table, title
from theory.environment import Environment
from theory.utility import FloatArray


def add(commands: Commands) -> None:
    """Put ``books`` on the command line."""
    more = "Amounts are for the whole market, in the separating equilibrium; a fee changes endowments, and so the equilibrium."
    sub = commands.command(
        "books",
        "what the mechanism pays out, and the entry fee that finances it",
        books_answer,
        books_text,
        more,
        by_role="its fee is one for everyone and leaves everyone with the same endowment",
    )
    sub.add_argument("--fee", default="expected", metavar="FEE", help='"expected" or "worst" case, or amounts per agent such as 0.2,0.1')


def books_answer(env: Environment, given: argparse.Namespace) -> Answer:
    """The books without a fee and with it, and what entering is worth."""
    if given.fee in ("expected", "worst"):
        found = entry_fee(env, given.fee == "worst")
        fee, after = found.fee, found.books
    else:
        fee = _amounts(given.fee)
        after = books(after_fee(env, fee))
    before, enter = books(env), participation(env, fee)
    return {
        "environment": env.name,
        "mechanism": mechanism_answer(env),
        "without_fee": _payouts(before),
        "fee": np.asarray(fee).tolist(),
        "with_fee": {"collected": (env.agents * np.asarray(fee)).tolist(), **_payouts(after)},
        "participation": {"ex_ante": enter.ex_ante, "by_type": by_name(env.types, enter.by_type)},
    }


def books_text(answer: Answer) -> str:
    """The tables of ``books``."""
    rows = [
        (f"{key.replace('_', ' ')}: {name}", *map(number, values))
        for key in ("without_fee", "with_fee")
        for name, values in answer[key].items()
    ]
    enter = answer["participation"]
    gains = [("before types are drawn", number(enter["ex_ante"])), *((x, number(points)) for x, points in enter["by_type"].items())]
    return join(
        title(answer),
        table(("the designer pays out", "q", "r"), rows),
        f"The fee is {number(answer['fee'][0])} of q and {number(answer['fee'][1])} of r per agent.",
        table(("entering is worth, in points", ""), gains),
    )


def _payouts(found: Books) -> Answer:
    parts = {"stage2": found.stage2, "inactive": found.inactive, "expected": found.expected, "worst": found.worst}
    return {name: part.tolist() for name, part in parts.items()}


def _amounts(text: str) -> FloatArray:
    try:
        amounts = [float(part) for part in text.split(",")]
    except ValueError:
        amounts = []
    if len(amounts) != 2 or not all(map(math.isfinite, amounts)):
        raise WrongArgument(f"--fee is {reprlib.repr(text)}, but it is expected, worst, or two amounts per agent such as 0.2,0.1.")
    return np.array(amounts)
