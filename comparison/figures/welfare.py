"""Welfare: the causes by which gains from trade were lost, one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from comparison.figures.style import COLOURS, COLUMN, HATCHES, LARGEST_SERIES, Figure, finished, left_out
from comparison.statistics.welfare import CAUSES

CAUSE_NAMES = {
    "inactive": "some inactive",
    "exogenous": "exogenous offers",
    "information": "information",
    "market_power": "market power",
    "behaviour": "behaviour",
}
"""The name of each cause of ``comparison.statistics.welfare`` in the report."""


def loss_figure(welfare: pd.DataFrame) -> Figure | None:
    """Mean losses in points per agent and round by cause, a bar per treatment."""
    cells = list(welfare["cell"])
    if not cells:
        return None
    shown = welfare.head(LARGEST_SERIES)
    canvas = Canvas(figsize=(COLUMN, 1.3 + 0.32 * len(CAUSES) * max(1.0, 0.45 * len(shown))), layout="constrained")
    panel = canvas.subplots()
    thick = 0.8 / len(shown)
    for index, row in enumerate(shown.to_dict("records")):
        places = np.arange(len(CAUSES)) + (index - (len(shown) - 1) / 2) * thick
        losses = np.array([row[f"loss_{cause}"] for cause in CAUSES])
        look: dict[str, Any] = (
            {"color": "#777777"} if len(shown) == 1 else {"facecolor": "white", "edgecolor": COLOURS[index], "hatch": HATCHES[index]}
        )
        if len(shown) > 1 and index == 0:
            look = {"facecolor": "#777777", "edgecolor": "#777777"}
        bars = panel.barh(places, losses, thick * 0.92, label=row["cell"], linewidth=0.7, **look)
        panel.bar_label(bars, [f"{loss + 0.0:.2f}".replace("-", "\u2212") for loss in np.round(losses, 2)], padding=2, fontsize=6.5)
    panel.axvline(0, color="#000000", linewidth=0.6)
    panel.set_yticks(np.arange(len(CAUSES)), [CAUSE_NAMES[cause] for cause in CAUSES])
    panel.invert_yaxis()
    panel.margins(x=0.25)
    panel.set_xlabel("points lost per agent and round")
    if len(shown) > 1:
        canvas.legend(*panel.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    caption = (
        "The points between the efficient allocation and what happened, by cause: from the top, each is what is lost by adding one "
        "cause to "
        "those above it, the last being the distance of what subjects did from the equilibrium. Negative: gained."
    )
    return finished("welfare_losses", canvas, caption + left_out(cells))
