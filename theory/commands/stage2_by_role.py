"""``stage2`` with endowments by role (footnote 1): the equilibrium of one configuration of roles and types."""

from __future__ import annotations

import argparse
import reprlib

from theory.commands.arguments import WrongArgument
from theory.commands.command import Answer, by_name, by_role_and_name, refuse_empty, type_counts
from theory.commands.text_tables import join, number, table
from theory.economy.environment import Environment
from theory.roles.stage2 import solve_stage2_by_role
from theory.roles.uniqueness import stage2_prices


def stage2_by_role(env: Environment, given: argparse.Namespace) -> Answer:
    """beta^sigma of one configuration of roles and types, and all prices at which stage 2 has an equilibrium."""
    counts = role_configuration(env, given.types)
    found, all_prices = solve_stage2_by_role(env, [counts]), stage2_prices(env, counts)
    return {
        "posterior": by_name(env.states, found.posterior[0]),
        "price": float(found.price[0]),
        "totals": [float(found.total_q[0]), float(found.total_r[0])],
        "offers": _where_there(counts, by_role_and_name(env, found.offers[0])),
        "allocation": _where_there(counts, by_role_and_name(env, found.bundles[0])),
        "residual": float(found.residual[0]),
        "all_prices": all_prices.prices.tolist(),
        "unique": all_prices.status,
    }


def stage2_by_role_text(answer: Answer) -> str:
    """The tables of ``stage2`` by role."""
    rows = [
        (role, x, *(("-",) * 4 if offer is None else map(number, (*offer, *answer["allocation"][role][x]))))
        for role, offers in answer["offers"].items()
        for x, offer in offers.items()
    ]
    return join(
        table(("state", "posterior"), [(z, number(p)) for z, p in answer["posterior"].items()]),
        f"Price {answer['price']:.6f}, totals {answer['totals'][0]:.6f} of q and {answer['totals'][1]:.6f} of r.",
        table(("role", "type", "offer q", "offer r", "q", "r"), rows),
        f"Largest distance from a best reply: {answer['residual']:.2g} goods. {_only(answer)}",
    )


def role_configuration(env: Environment, text: str, option: str = "--types") -> list[list[int]]:
    """The counts per role and type in a text such as ``buyer:blue=4,green=1;seller:blue=2``; the others are zero."""
    names = [role.name for role in env.roles]
    wanted = f"write the types of each role like {names[0]}:{env.types[0]}=3 with semicolons between roles"
    counts: dict[str, list[int]] = {}
    for part in text.split(";"):
        role, colon, types = (piece.strip() for piece in part.partition(":"))
        if not colon or role not in names:
            raise WrongArgument(f"{option} names the role {reprlib.repr(role)}, but the roles are {', '.join(names)}: {wanted}.")
        if role in counts:
            raise WrongArgument(f"{option} names the role {role} twice: {wanted}.")
        counts[role] = type_counts(env, types, f"{option}, role {role},")
    refuse_empty(sum(map(sum, counts.values())), option)
    return [counts.get(role, [0] * len(env.types)) for role in names]


def _where_there(counts: list[list[int]], values: dict[str, dict[str, list[float]]]) -> Answer:
    return {
        role: {x: pair if n > 0 else None for (x, pair), n in zip(of_types.items(), row, strict=True)}
        for (role, of_types), row in zip(values.items(), counts, strict=True)
    }


def _only(answer: Answer) -> str:
    prices = answer["all_prices"]
    if len(prices) > 1:
        return f"There are {len(prices)} equilibria, at the prices {', '.join(map(number, prices))}."
    return "Proved to be the only equilibrium." if answer["unique"] == "proved" else "A scan of all prices found no other equilibrium."
