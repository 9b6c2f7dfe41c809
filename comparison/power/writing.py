"""The power of a contrast as files: ``power.csv``, a figure, and a text that answers how many markets are needed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comparison.exhibits.csv_json import as_csv
from comparison.figures import picture
from comparison.power.drawing import label, power_figure
from comparison.power.simulation import Curve, Power
from comparison.power.subjects import Treatment
from theory.commands.text_tables import join, table

NAME = "power"


def write_power(found: Power, out: str | Path) -> str:
    """Write ``power.csv``, ``power.svg``, ``power.pdf`` and ``power.txt``; returns the text.

    Raises OSError if they cannot be written.
    """
    folder, text, canvas = Path(out), power_text(found), power_figure(found)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.csv").write_bytes(as_csv(power_table(found)).encode())
    for kind in ("svg", "pdf"):
        (folder / f"{NAME}.{kind}").write_bytes(picture(canvas, kind))
    (folder / f"{NAME}.txt").write_bytes(text.encode())
    return text


def power_table(found: Power) -> pd.DataFrame:
    """One row per effect and number of units, units being those of one treatment."""
    return pd.DataFrame(
        [
            {
                "contrast": found.contrast.name,
                "effect": curve.size,
                "effect_of": "model" if curve.effect is None else "stated",
                "units": units,
                "power": curve.power[place],
                "standard_error": curve.error[place],
                "least_p": curve.least_p[place],
                "replications": found.plan.replications,
                "level": found.plan.level,
                "seed": found.plan.seed,
            }
            for curve in found.curves
            for place, units in enumerate(curve.units)
        ]
    )


def power_text(found: Power) -> str:
    """The question, how units vary, power by number of units, and how many are enough, for human
    readers.
    """
    plan, units = found.plan, found.plan.units
    played = [
        f"{one.label}: {_treatment(one)}; a unit's number has mean {mean:.3g} and standard deviation {spread:.3g} in ln p."
        for one, mean, spread in zip(found.treatments, found.means, found.spreads, strict=True)
    ]
    rows = [
        (label(found, curve), *(f"{100 * share:.1f} % ({100 * error:.1f})" for share, error in zip(curve.power, curve.error, strict=True)))
        for curve in found.curves
    ]
    least = ("least p", *(f"{p:.2g}" for p in found.curves[0].least_p))
    per = " per treatment" if found.contrast.varies else ""
    return (
        join(
            f"{found.contrast.name}: {found.contrast.question}",
            "\n".join(played),
            f"Power at {100 * plan.level:g} % by number of independent units{per}, in {plan.replications} replications with seed"
            f" {plan.seed} (Monte Carlo standard error); below, the least p-value that so many units can give:",
            table(("", *map(str, units)), [*rows, least]),
            "\n".join(_answer(found, curve) for curve in found.curves),
        )
        + "\n"
    )


def _treatment(one: Treatment) -> str:
    settings = one.settings
    parameters = ", ".join(
        f"{name} = {value:.3g}" + (f" (standard deviation between units {one.between[name]:g})" if one.between.get(name) else "")
        for name, value in one.parameters.items()
    )
    return (
        f"{settings.environment.name}, {settings.market_size} agents, {settings.schedule.rounds} paid rounds, "
        f"{one.markets} market{'' if one.markets == 1 else 's'} per unit, "
        f"announcement {settings.rules.announcement}, played by {one.model}" + (f" with {parameters}" if parameters else "")
    )


def _answer(found: Power, curve: Curve) -> str:
    if curve.size == 0:
        return f"An effect of 0 is the hypothesis: no more than {100 * found.plan.level:g} % may reject it, but for simulation error."
    enough, wanted = curve.enough(found.plan.wanted), f"{100 * found.plan.wanted:g} %"
    of = f"With {label(found, curve)}"
    if not found.contrast.varies and curve.size < 0:
        of += ", that is with a price closer to the other benchmark than to Nash"
    if enough is None:
        return f"{of}, {max(curve.units)} units are too few for a power of {wanted}."
    smallest = ", the smallest number looked at" if enough == min(curve.units) else ""
    each = " in each treatment" if found.contrast.varies else ""
    return f"{of}, {enough} units{each} give a power of {wanted}{smallest}."
