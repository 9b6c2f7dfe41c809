"""``simulate``: random market rounds, their averages, and how far their frequencies are from the exact probabilities."""

from __future__ import annotations

import argparse
import math
import secrets
import sys
from collections.abc import Iterator, Sequence

from theory.commands.arguments import WrongArgument, whole_number
from theory.commands.bar import progress_bar
from theory.commands.command import LARGEST_SEED, Answer, Commands, mechanism_answer
from theory.commands.rivals import CURSED, chi
from theory.commands.tables import title
from theory.commands.text_tables import join, number, table
from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment, InvalidEnvironment
from theory.efficiency.expectations import Expectations, expectations
from theory.equilibrium.rivals import NASH, Rival, all_rivals
from theory.simulation.frequencies import Averages, Frequencies, Tally, tally
from theory.simulation.market_rounds import Simulation, simulations
from theory.simulation.strategies import Profile, equilibrium_profile, noisy_profile, rival_profile

EQUILIBRIUM = "equilibrium"
MOST_SESSIONS = 10**9
MOST_AGENTS = 10**6
"""A market round with more agents would not fit into memory."""
AGENTS_AT_ONCE = 2**17


def add(commands: Commands) -> None:
    """Put ``simulate`` on the command line."""
    exact = "Each average and frequency is shown beside the exact number, if there is one. If interrupted, it reports the completed rounds."
    sub = commands.command(
        "simulate",
        "many random market rounds, compared with the exact numbers",
        simulate,
        simulate_text,
        exact,
        by_role="it draws market rounds in which agents differ only in their types",
    )
    names = [EQUILIBRIUM, *(rival.name for rival in all_rivals())]
    sub.add_argument("--sessions", default="10000", metavar="S", help="how many market rounds (default 10000)")
    sub.add_argument("--seed", metavar="SEED", help="whole number that determines all draws (default: a fresh one, which is reported)")
    sub.add_argument("--agents", metavar="N", help="number of agents (default: the file's)")
    strategies = f"the strategy that everybody plays: {', '.join(names)} (default {EQUILIBRIUM})"
    sub.add_argument("--strategies", choices=names, default=EQUILIBRIUM, metavar="NAME", help=strategies)
    sub.add_argument("--chi", type=chi, default=CURSED, metavar="CHI", help=f"how cursed agents are, from 0 to 1 (default {CURSED})")
    noise = "standard deviation of offers at both stages, as a fraction of the endowment (default 0)"
    sub.add_argument("--noise", type=_noise, default=0.0, metavar="SD", help=noise)


def simulate(env: Environment, given: argparse.Namespace) -> Answer:
    """Averages and frequencies of simulated market rounds."""
    market = env if given.agents is None else env.with_agents(whole_number("--agents", given.agents, 2, MOST_AGENTS))
    if market.agents > MOST_AGENTS:
        raise WrongArgument(f"The environment has {market.agents} agents, but rounds of more than {MOST_AGENTS} are not simulated.")
    sessions = whole_number("--sessions", given.sessions, 1, MOST_SESSIONS)
    seed = secrets.randbelow(LARGEST_SEED) if given.seed is None else whole_number("--seed", given.seed, 0, LARGEST_SEED)
    rival = next((rival for rival in all_rivals(given.chi) if rival.name == given.strategies), NASH)
    found = tally(market, _watched(simulations(market, _profile(market, rival, given), sessions, seed, _rows(market)), sessions))
    return {
        "environment": market.name,
        "mechanism": mechanism_answer(market),
        "strategies": given.strategies,
        "chi": rival.chi,
        "noise": given.noise,
        "seed": seed,
        "sessions": found.sessions,
        **_averages(market, found, None if given.noise else _exact(market, rival)),
        "frequencies": _frequencies(market, found),
        "largest_z": {
            name: {"cells": int(seen.values.size), "z": seen.largest_z}
            for name, seen in (
                ("states", found.states),
                ("types in each state", found.types),
                ("being inactive, by seat", found.seats),
                ("active agents' types with the state", found.configurations),
                ("the state, given the active agents' types", found.calibration),
            )
        },
    }


def simulate_text(answer: Answer) -> str:
    """The tables of ``simulate``."""
    prices = [(z, *_cells(row)) for z, row in answer["price"].items()]
    points = [(x, name, *_cells(row)) for x, rows in answer["points"].items() for name, row in rows.items()]
    frequencies = [
        *((z, "", *_cells(row)) for z, row in answer["frequencies"]["states"].items()),
        *((z, x, *_cells(row)) for z, rows in answer["frequencies"]["types"].items() for x, row in rows.items()),
    ]
    distances = [(name, str(row["cells"]), number(row["z"])) for name, row in answer["largest_z"].items()]
    chi_text = "" if answer["chi"] is None else f" (chi={answer['chi']:g})"
    noise = "" if not answer["noise"] else f" with noise of {answer['noise']:g} endowments"
    return join(
        title(answer),
        f"{answer['sessions']} market rounds of {answer['strategies']}{chi_text}{noise}, seed {answer['seed']}",
        table(("state", "average price", "std. error", "exact"), prices),
        table(("type", "", "average points", "std. error", "exact"), points),
        table(("state", "type", "frequency", "std. error", "exact"), frequencies),
        "Largest distance of a frequency from its probability, in standard errors:",
        table(("frequency of", "cells", "distance"), distances),
    )


def _profile(env: Environment, rival: Rival, given: argparse.Namespace) -> Profile:
    profile = equilibrium_profile(env) if given.strategies == EQUILIBRIUM else rival_profile(env, rival)
    return noisy_profile(env, profile, given.noise, given.noise) if given.noise else profile


def _exact(env: Environment, rival: Rival) -> Expectations | None:
    try:
        return expectations(env, rival)
    except InvalidEnvironment:  # too many type configurations
        return None


def _rows(env: Environment) -> int:
    return max(1, AGENTS_AT_ONCE // env.agents)


def _watched(parts: Iterator[Simulation], sessions: int) -> Iterator[Simulation]:
    """The same parts, with a progress bar on a terminal; after an interruption no more follow."""
    done = 0
    with progress_bar("simulating", " rounds", sessions) as bar:
        try:
            for part in parts:
                yield part
                done += len(part.state)
                bar.update(len(part.state))
        except KeyboardInterrupt:
            if not done:
                raise
            print(f"Interrupted after {done} of {sessions} market rounds.", file=sys.stderr)


def _averages(env: Environment, found: Tally, exact: Expectations | None) -> Answer:
    price = None if exact is None else exact.price
    active = None if exact is None else exact.active
    inactive = None if exact is None else exact.inactive
    return {
        "price": _beside(env.states, found.price, price),
        "points": {
            x: {"active": _beside(env.types, found.active, active)[x], "inactive": _beside(env.types, found.inactive, inactive)[x]}
            for x in env.types
        },
    }


def _beside(names: Sequence[str], seen: Averages, exact: FloatArray | None) -> dict[str, Answer]:
    return {
        name: {
            "average": float(seen.values[i]),
            "standard_error": float(seen.standard_errors[i]),
            "exact": None if exact is None else float(exact[i]),
        }
        for i, name in enumerate(names)
    }


def _frequencies(env: Environment, found: Tally) -> Answer:
    def named(names: Sequence[str], seen: Frequencies, *row: int) -> Answer:
        values, errors, exact = seen.values[row], seen.standard_errors[row], seen.probabilities[row]
        return {
            name: {"frequency": float(values[i]), "standard_error": float(errors[i]), "exact": float(exact[i])}
            for i, name in enumerate(names)
        }

    return {"states": named(env.states, found.states), "types": {z: named(env.types, found.types, i) for i, z in enumerate(env.states)}}


def _cells(row: Answer) -> tuple[str, ...]:
    return tuple(number(value) for value in row.values())


def _noise(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 10:
        raise argparse.ArgumentTypeError(f"the noise is {text!r}, but it must be a number from 0 to 10")
    return value
