"""``welfare``: how far from efficient the equilibrium is, and how much each cause loses."""

from __future__ import annotations

import argparse
import reprlib
from dataclasses import asdict

from theory.commands.arguments import WrongArgument
from theory.commands.command import Answer, Commands, mechanism_answer, type_configuration
from theory.commands.tables import title
from theory.commands.text_tables import join, number, percent, table
from theory.economy.environment import Environment
from theory.efficiency.losses import PREDICTED, expected_welfare, typical_market, welfare


def add(commands: Commands) -> None:
    """Put ``welfare`` on the command line."""
    everybody = (
        "Without a market, each state's typical market is used: the shares of types among the active and the inactive nearest to mu_z."
    )
    summary = "how efficient the equilibrium is, and what causes the losses"
    reason = "the efficient allocation of agents who own different things is not computed"
    sub = commands.command("welfare", summary, welfare_answer, welfare_text, everybody, by_role=reason)
    sub.add_argument("--state", metavar="STATE", help="only this state (default: each in turn)")
    sub.add_argument("--active", metavar="TYPE=COUNT,...", help="the active agents' types, as in blue=6,green=4")
    sub.add_argument("--inactive", metavar="TYPE=COUNT,...", help="the inactive agents' types, as in blue=1,green=1 (default: nobody)")


def welfare_answer(env: Environment, given: argparse.Namespace) -> Answer:
    """Expected points, and the outcomes of one market in each state asked for."""
    if given.state is not None and given.state not in env.states:
        raise WrongArgument(f"--state names {reprlib.repr(given.state)}, but the states are {', '.join(env.states)}.")
    if given.inactive is not None and given.active is None:
        raise WrongArgument("--inactive without --active: a market has active agents, so count both, or neither for the typical market.")
    expected = expected_welfare(env)
    markets = {}
    for z in range(len(env.states)) if given.state is None else [env.state_index(given.state)]:
        if given.active is None:
            active, inactive = (counts.tolist() for counts in typical_market(env, z))
        else:
            active = type_configuration(env, given.active, "--active")
            inactive = [0] * len(env.types) if given.inactive is None else type_configuration(env, given.inactive, "--inactive")
        possible = env.likelihood[z] > 0
        for x, n in enumerate(map(sum, zip(active, inactive, strict=True))):
            if n and not possible[x]:
                raise WrongArgument(f"{n} agents of type {env.types[x]} in state {env.states[z]}, where nobody is of that type.")
        found = welfare(env, z, active, inactive)
        markets[env.states[z]] = {
            "active": dict(zip(env.types, active, strict=True)),
            "inactive": dict(zip(env.types, inactive, strict=True)),
            "autarky": asdict(found.autarky),
            "outcomes": [asdict(outcome) for outcome in found.outcomes],
            "losses": [asdict(loss) for loss in found.losses],
        }
    return {
        "environment": env.name,
        "mechanism": mechanism_answer(env),
        "expected": {
            "autarky": expected.autarky,
            "outcomes": dict(zip(PREDICTED, expected.outcomes, strict=True)),
            "losses": {loss.cause: loss.points for loss in expected.losses},
        },
        "markets": markets,
    }


READING = """Points are per agent, the inactive included. Gains are points over autarky, in percent of what the efficient allocation wins;
they can pass 100 %: an efficient allocation does not maximise the sum of points, and the exogenous offers and the trades
at the fixed price can bring in goods. Resources are Debreu's coefficient: the part of the goods in the agents' hands that
would do to make all of them as well off. The sd of ln MRS is 0 where nobody could gain from one more trade."""


def welfare_text(answer: Answer) -> str:
    """The tables of ``welfare``."""
    expected = answer["expected"]
    names = [("autarky", expected["autarky"]), *expected["outcomes"].items()]
    parts = [
        title(answer),
        "Before nature moves",
        table(("outcome", "points per agent"), [(name, number(points)) for name, points in names]),
        table(("loss to", "points per agent"), [(cause, number(points)) for cause, points in expected["losses"].items()]),
    ]
    for state, market in answer["markets"].items():
        counts = "; ".join(f"{group}: {_counted(market[group])}" for group in ("active", "inactive"))
        outcomes = [
            (
                row["name"],
                number(row["points"]),
                percent(None if row["gains_share"] is None else 100 * row["gains_share"]),
                f"{row['coefficient']:.6f}",
                number(row["mrs_dispersion"]),
            )
            for row in (market["autarky"], *market["outcomes"])
        ]
        losses = [(row["cause"], number(row["points"]), f"{row['coefficient']:.6f}") for row in market["losses"]]
        parts += [
            f"State {state}, {counts}",
            table(("outcome", "points per agent", "gains", "resources", "sd of ln MRS"), outcomes),
            table(("loss to", "points per agent", "resources"), losses),
        ]
    return join(*parts, READING)


def _counted(counts: Answer) -> str:
    return ", ".join(f"{x}={n}" for x, n in counts.items())
