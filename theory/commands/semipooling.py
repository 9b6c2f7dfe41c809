"""``semipooling``: stage-2 equilibria given signals (section 3.3), for any partition of the types."""

from __future__ import annotations

import argparse
import re
import reprlib

from theory.checks.assumptions import a1
from theory.commands.arguments import WrongArgument, whole_number
from theory.commands.command import LARGEST_SEED, Answer, Commands, by_name, progress
from theory.commands.text_tables import join, number, table
from theory.economy.environment import MOST_AGENTS, Environment
from theory.equilibrium.pooling import pooled_offers, pooling_condition
from theory.equilibrium.semipooling import PriceRange, SignalEquilibrium, semipooling_equilibria
from theory.information.signals import Partition, partition_of


def add(commands: Commands) -> None:
    """Put ``semipooling`` on the command line."""
    more = "Finding no equilibrium is an answer: the paper does not claim that there is one. One cell is the one-stage game."
    sub = commands.command(
        "semipooling",
        "stage-2 equilibria given signals, for a partition of the types",
        semipooling,
        semipooling_text,
        more,
        by_role="it partitions the types of one group of agents and counts their signals together",
    )
    sub.add_argument("--partition", required=True, metavar="CELLS", help='cells of types that offer alike at stage 1, as in "a|b,c"')
    sub.add_argument("--signals", required=True, metavar="COUNTS", help="how many active agents sent each cell's signal, as in 6,4")
    sub.add_argument("--seed", default="0", help="seed of the random starts of the search (default 0)")
    sub.add_argument("--stage1", action="store_true", help="also check the condition on stage 1 in the market of N agents (takes longer)")


def semipooling(env: Environment, given: argparse.Namespace) -> Answer:
    """The equilibria found, the beliefs behind them, Assumption A1, and what pooling costs at stage 1."""
    partition = partition_of(env, [[name.strip() for name in cell.split(",") if name.strip()] for cell in given.partition.split("|")])
    signals = _signals(given.signals, partition)
    seed = whole_number("--seed", given.seed, 0, LARGEST_SEED)
    with progress("searching", " starts") as show:
        found = semipooling_equilibria(env, partition, signals, seed, show)
    pooled, assumed = pooled_offers(env, partition), a1(env)
    answer: Answer = {
        "partition": [[env.types[kind] for kind in cell] for cell in partition.cells],
        "signals": signals,
        "a1": {"status": assumed.status, "number": assumed.number},
        "posterior": {x: by_name(env.states, found.posterior[i]) for i, x in enumerate(env.types)},
        "found": bool(found.equilibria),
        "equilibria": [_equilibrium(env, equilibrium) for equilibrium in found.equilibria],
        "starts": found.starts,
        "settled": found.settled,
        "left_out": found.left_out,
        "stage1": {
            "optima_coincide": pooled.coincide,
            "pooled_offers": pooled.offers.tolist(),
            "cost": by_name(env.types, pooled.cost),
        },
    }
    if given.stage1:
        condition = pooling_condition(env, partition)
        answer["stage1"] |= {
            "best_offers": condition.offers.tolist(),
            "weighted_cost": by_name(env.types, condition.cost),
            "largest_punishment": by_name(env.types, condition.punishment),
            "supportable": condition.supportable,
        }
    return answer


def semipooling_text(answer: Answer) -> str:
    """The tables of ``semipooling``."""
    cells = [(" and ".join(cell), str(n)) for cell, n in zip(answer["partition"], answer["signals"], strict=True)]
    states = list(next(iter(answer["posterior"].values())))
    beliefs = [(x, *(number(p) for p in belief.values())) for x, belief in answer["posterior"].items()]
    parts = [
        table(("signal of", "agents"), cells),
        f"Assumption A1: {answer['a1']['status']}.",
        table(("belief of", *states), beliefs),
    ]
    for place, equilibrium in enumerate(answer["equilibria"], 1):
        offers = [
            (x, *(number(v) for v in offer or (None, None)), number(equilibrium["expected_points"][x]), _small(equilibrium["regret"][x]))
            for x, offer in equilibrium["offers"].items()
        ]
        prices = [
            (z, *(number(None if price is None else price[key]) for key in ("mean", "lowest", "highest")))
            for z, price in equilibrium["price"].items()
        ]
        parts += [
            f"Equilibrium {place}:",
            table(("type", "offer q", "offer r", "points", "regret"), offers),
            table(("state", "mean price", "lowest", "highest"), prices),
        ]
    ended = f"{answer['settled']} of {answer['starts']} starts ended at an equilibrium."
    parts.append(ended if answer["found"] else f"No symmetric equilibrium in pure strategies was found from {answer['starts']} starts.")
    stage1 = answer["stage1"]
    costs = [(x, number(cost)) for x, cost in stage1["cost"].items()]
    same = (
        "The optima of each cell coincide."
        if stage1["optima_coincide"]
        else "The optima of some cell differ, so that pooling costs points:"
    )
    parts += [same, table(("type", "cost if inactive"), costs)]
    if "supportable" in stage1:
        said = {True: "is met", False: "FAILS", None: "is unknown: some signals have no equilibrium that was found"}[stage1["supportable"]]
        rows = [(x, number(cost), number(stage1["largest_punishment"][x])) for x, cost in stage1["weighted_cost"].items()]
        best = ", ".join(
            f"{' and '.join(cell)} {number(q)} of q, {number(r)} of r"
            for cell, (q, r) in zip(answer["partition"], stage1["best_offers"], strict=True)
        )
        parts += [
            f"Stage-1 offers that meet the condition for pooling best: {best}.",
            table(("type", "cost, weighted", "largest punishment"), rows),
            f"The necessary condition for pooling {said}.",
        ]
    return join(*parts)


def _equilibrium(env: Environment, found: SignalEquilibrium) -> Answer:
    return {
        "offers": {x: None if found.offers[i, 0] != found.offers[i, 0] else found.offers[i].tolist() for i, x in enumerate(env.types)},
        "expected_points": by_name(env.types, found.expected_points),
        "price": {z: _price(price) for z, price in zip(env.states, found.prices, strict=True)},
        "regret": by_name(env.types, found.regret),
        "residual": found.residual,
    }


def _price(price: PriceRange | None) -> Answer:
    return None if price is None else {"mean": price.mean, "lowest": price.lowest, "highest": price.highest}


def _signals(text: str, partition: Partition) -> list[int]:
    counts = [part.strip() for part in text.split(",")]
    for count in counts:
        if not re.fullmatch("[0-9]{1,10}", count) or int(count) > MOST_AGENTS:
            raise WrongArgument(f"--signals has {reprlib.repr(count)}, but a count is a whole number from 0 to {MOST_AGENTS}.")
    if len(counts) != len(partition.cells):
        raise WrongArgument(f"--signals gives {len(counts)} counts, but the partition has {len(partition.cells)} cells.")
    if not any(map(int, counts)):
        raise WrongArgument("--signals counts no agent at all, but a stage-2 market needs at least one.")
    return [int(count) for count in counts]


def _small(value: float | None) -> str:
    return "-" if value is None else f"{value:.1g}"
