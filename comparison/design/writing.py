"""A search as files: every candidate in ``design.csv``, the trade-offs as a figure, the best as
environment files, and a summary as text.

The same search gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from comparison.design.criteria import Criteria
from comparison.design.drawing import trade_offs
from comparison.design.search import (
    APART,
    EARNINGS,
    ON_GRID,
    SEPARATION,
    STEEPNESS,
    THRESHOLD,
    VALID,
    Candidate,
    Search,
    binding,
    bindings,
)
from comparison.exhibits.csv_json import as_csv
from comparison.figures import picture
from theory.commands.text_tables import join, table
from theory.economy.environment import Environment
from theory.economy.text import environment_text

NAME = "design"


def write_design(found: Search, out: str | Path, best: int) -> str:
    """Write ``design.csv``, ``design.svg``, ``design.pdf``, ``design.txt``, and ``design_1.toml``,
    ... for the best few; returns the text.

    Raises OSError if they cannot be written.
    """
    folder, chosen = Path(out), found.ranked[:best]
    folder.mkdir(parents=True, exist_ok=True)
    canvas, text = trade_offs(found, len(chosen)), design_text(found, best)
    _write(folder / f"{NAME}.csv", as_csv(design_table(found)).encode())
    for kind in ("svg", "pdf"):
        _write(folder / f"{NAME}.{kind}", picture(canvas, kind))
    for rank in range(1, len(chosen) + 1):
        _write(folder / f"{NAME}_{rank}.toml", environment_text(best_environment(found, rank)).encode())
    _write(folder / f"{NAME}.txt", text.encode())
    return text


def best_environment(found: Search, rank: int) -> Environment:
    """The environment with this rank, 1 being the best, with its own name and a description of its
    origin.
    """
    candidate = found.candidates[found.ranked[rank - 1]]
    env, said = candidate.environment, candidate.criteria
    assert env is not None
    assert said is not None
    description = (
        f"Found around {found.base.name}, candidate {candidate.draw.number} of {len(found.candidates)} with seed {found.seed}:"
        f" stage-1 optima {said.separation:.1f} grid steps of {found.wishes.grid:g} apart, benchmarks {said.apart:.1f} percent,"
        f" equilibrium pays {said.least:.1f} to"
        f" {said.largest:.1f} points, threshold {candidate.threshold} of at most {found.wishes.most_agents} agents."
    )
    return replace(env, name=f"{NAME}_{rank}", description=description)


def design_table(found: Search) -> pd.DataFrame:
    """One row per candidate, in the order drawn: the varied values, the criteria, the constraints
    it fails, its score, its rank, and whether it is in the Pareto set.
    """
    ranks = {index: rank for rank, index in enumerate(found.ranked, start=1)}
    rows = []
    for index, candidate in enumerate(found.candidates):
        values = {d.field: value for d, value in zip(found.dimensions, candidate.draw.values, strict=True)}
        rows.append(
            {"candidate": candidate.draw.number}
            | values
            | _measured(candidate)
            | {
                "passes": int(candidate.passes),
                "failed": "; ".join(candidate.failed),
                "problem": candidate.problem,
                "pareto": int(found.pareto[index]),
                "score": found.score[index],
                "rank": ranks.get(index),
            }
        )
    frame = pd.DataFrame(rows)
    counts = ["agents", "threshold", "read_on_grid", "rank"]
    return frame.astype({name: "Int64" for name in counts if name in frame})


def design_text(found: Search, best: int) -> str:
    """The wishes, what stands in the way, and the best few, for human readers."""
    chosen = found.ranked[:best]
    head = f"{found.base.name}: {len(found.candidates)} candidates, seed {found.seed}; varied: {', '.join(_ranges(found))}."
    counts = bindings(found)
    wanted = [(name, _wanted(found, name), str(failing), str(alone)) for name, failing, alone in counts]
    parts = [head, table(("constraint", "wanted", "fail it", "fail nothing else"), wanted)]
    if not chosen:
        return join(*parts, no_candidate(found)) + "\n"
    parts += [
        f"{len(found.ranked)} candidates pass, {int(found.pareto.sum())} of them in the Pareto set of separation, steepness, distance of"
        " benchmarks and threshold: no other is better in one and as good in the rest.\nThey come first, by score: the smallest of three"
        " shares, those of all candidates with less separation, with less steepness, and with benchmarks less far apart.",
        table(
            (
                "file",
                "candidate",
                "score",
                "steps apart",
                "steepness",
                "benchmarks",
                "threshold",
                "agents",
                "equilibrium pays",
                "anything pays",
            ),
            [_best(found, rank) for rank in range(1, len(chosen) + 1)],
        ),
        "Each is a file for python -m theory check, and for a session if its types and states have the names you want.",
    ]
    return join(*parts) + "\n"


def no_candidate(found: Search) -> str:
    """One sentence that names what stands in the way if nothing passes."""
    names, whole = binding(found), len(found.candidates)
    hopeless = {name: failing for name, failing, _ in bindings(found)}
    if all(hopeless[name] == whole for name in names):
        reasons = ", ".join(f"{name} (wanted {_wanted(found, name)}; the nearest has {_nearest(found, name)})" for name in names)
        return f"No candidate passes: each of the {whole} fails {reasons}."
    return (
        f"No candidate passes, though each wish alone is met by some: {names[0]} (wanted {_wanted(found, names[0])}) is failed by"
        f" {hopeless[names[0]]} of {whole}."
    )


def _measured(candidate: Candidate) -> dict[str, Any]:
    env, said = candidate.environment, candidate.criteria
    if env is None or said is None:
        return {}
    return {
        "agents": env.agents,
        "inactive_share": str(env.inactive_share),
        "scale": env.utility.scale,
        "shift": env.utility.shift,
        "separation_steps": said.separation,
        "steepness_percent": said.steepness,
        "benchmarks_apart_percent": said.apart,
        **{f"apart_{a}_{b}": distance for (a, b), distance in said.distances.items()},
        **{f"price_{name}_{z}": price for (name, z), price in said.prices.items()},
        "least_points": said.least,
        "largest_points": said.largest,
        "least_points_any": said.least_any,
        "largest_points_any": said.largest_any,
        "read_on_grid": int(said.read_on_grid),
        "threshold": candidate.threshold,
    }


def _ranges(found: Search) -> Iterator[str]:
    return (f"{d.field} {d.low:g} to {d.high:g}" for d in found.dimensions)


def _wanted(found: Search, name: str) -> str:
    wishes = found.wishes
    return {
        VALID: "yes",
        SEPARATION: f"at least {wishes.separation:g} grid steps",
        STEEPNESS: f"at least {wishes.steepness:g} % of pay",
        APART: f"at least {wishes.apart:g} % of the price",
        EARNINGS: f"{wishes.earnings[0]:g} to {wishes.earnings[1]:g} points",
        ON_GRID: "yes",
        THRESHOLD: f"at most {wishes.most_agents} agents, of those that pass the rest",
    }[name]


def _nearest(found: Search, name: str) -> str:
    """How close any candidate comes to a constraint that all fail."""
    known = [candidate.criteria for candidate in found.candidates if candidate.criteria is not None]
    largest = {SEPARATION: lambda c: c.separation, STEEPNESS: lambda c: c.steepness, APART: lambda c: c.apart}
    if name in largest and known:
        return f"{max(largest[name](said) for said in known):.1f}"
    if name == EARNINGS and known:
        nearest = min(known, key=lambda said: _outside(found, said))
        return f"{nearest.least:.1f} to {nearest.largest:.1f}"
    return "more" if name == THRESHOLD else "not"


def _outside(found: Search, said: Criteria) -> float:
    low, high = found.wishes.earnings
    return max(low - said.least, 0.0) + max(said.largest - high, 0.0)


def _best(found: Search, rank: int) -> tuple[str, ...]:
    index = found.ranked[rank - 1]
    candidate = found.candidates[index]
    said, env = candidate.criteria, candidate.environment
    assert said is not None
    assert env is not None
    return (
        f"{NAME}_{rank}.toml",
        str(candidate.draw.number),
        f"{found.score[index]:.2f}",
        f"{said.separation:.1f}",
        f"{said.steepness:.1f} %",
        f"{said.apart:.1f} %",
        str(candidate.threshold),
        str(env.agents),
        f"{said.least:.1f} to {said.largest:.1f}",
        f"{said.least_any:.1f} to {said.largest_any:.1f}",
    )


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
