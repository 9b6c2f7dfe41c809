"""Power against the number of independent units, as a figure: readable in grey, with a marker and a
line style for every effect.
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import PercentFormatter

from comparison.figures import COLUMN, STYLE, series_style
from comparison.power.simulation import Curve, Power

WIDE = 1.96
"""Standard errors on either side of a mark: 95 percent of the Monte Carlo error."""


def power_figure(found: Power) -> Canvas:
    """One curve per effect; hatched where there are too few units to reject, whatever the data."""
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        canvas = Canvas(figsize=(COLUMN, 2.6), layout="constrained")
        panel, units = canvas.subplots(), np.array(found.plan.units)
        for index, curve in enumerate(found.curves):
            shown = {**series_style(index), "capsize": 1.5, "elinewidth": 0.6}
            panel.errorbar(units, curve.power, WIDE * curve.error, label=label(found, curve), **shown)
        panel.axhline(found.plan.wanted, color="#777777", linestyle=(0, (1, 1)), linewidth=0.8, label="wanted")
        hopeless = units[found.curves[0].least_p > found.plan.level]
        if len(hopeless):
            panel.axvspan(
                units[0] - 0.5,
                hopeless[-1] + 0.5,
                facecolor="none",
                edgecolor="#BBBBBB",
                hatch="////",
                linewidth=0,
                label="too few to reject",
            )
        panel.set(ylim=(-0.02, 1.02), xlabel=f"independent units{' per treatment' if found.contrast.varies else ''}")
        panel.set_ylabel(f"power at {100 * found.plan.level:g} %")
        panel.set_xticks(units)
        panel.yaxis.set_major_formatter(PercentFormatter(1.0))
        canvas.legend(*panel.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return canvas


def label(found: Power, curve: Curve) -> str:
    """An effect as the legend and the tables name it."""
    return f"effect {curve.size:.3g} in ln p" + (" (the model's)" if curve.effect is None else "")
