"""``certify``: a proof by interval arithmetic that a computed stage-2 equilibrium is one, and the only one nearby."""

from __future__ import annotations

import argparse

from theory.certificates.certificate import Enclosure, certify
from theory.certificates.uniqueness import uniqueness
from theory.commands.command import Answer, Commands, type_configuration
from theory.commands.text_tables import join, table
from theory.economy.environment import Environment


def add(commands: Commands) -> None:
    """Put ``certify`` on the command line."""
    more = "Needs the optional package python-flint. The intervals contain the exact equilibrium for the numbers in the file."
    sub = commands.command(
        "certify",
        "a certified enclosure of one stage-2 equilibrium",
        certify_answer,
        certify_text,
        more,
        by_role="its equations have one unknown for each type, not for each role and type",
    )
    sub.add_argument("--types", required=True, metavar="TYPE=COUNT,...", help="the active agents' types, as in blue=7,green=3")


def certify_answer(env: Environment, given: argparse.Namespace) -> Answer:
    """The certificate, and whether the equilibrium is the only one anywhere."""
    found, only = certify(env, type_configuration(env, given.types)), uniqueness(env)
    offers = found.offers or (None,) * len(env.types)
    return {
        "certified": found.certified,
        "reason": found.reason,
        "radius": found.radius,
        "distance": found.distance,
        "bits": found.bits,
        "price": _ends(found.price),
        "offers": {x: None if offer is None else [_ends(good) for good in offer] for x, offer in zip(env.types, offers, strict=True)},
        "decimal": {"price": None if found.price is None else found.price.decimal},
        "unique": only.status,
        "why": only.reason,
    }


def certify_text(answer: Answer) -> str:
    """The tables of ``certify``."""
    rows = [("price", _interval(answer["price"]))]
    for x, offer in answer["offers"].items():
        rows += [(f"{x} offers of {good}", _interval(None if offer is None else offer[place])) for place, good in enumerate("qr")]
    verdict = "The equilibrium is certified." if answer["certified"] else "The equilibrium is NOT certified."
    return join(f"{verdict} {answer['reason']}", table(("", "lies in"), rows), f"Unique: {answer['unique']}. {answer['why']}")


def _ends(number: Enclosure | None) -> list[float] | None:
    return None if number is None else [number.lower, number.upper]


def _interval(ends: list[float] | None) -> str:
    return "-" if ends is None else f"[{ends[0]:.17g}, {ends[1]:.17g}]"
