"""Information: how well the announced histogram predicts the state, by round, compared with the
types and with the prior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from comparison.figures.style import COLUMN, GREY, LARGEST_SERIES, Figure, finished, left_out, whole_rounds
from comparison.statistics.benchmarks import Economy
from comparison.statistics.information import brier


def information_figure(rounds: pd.DataFrame, cells: Sequence[str], economies: Mapping[str, Economy]) -> Figure | None:
    """Mean Brier scores by paid round, a panel per treatment with an announcement; ``rounds`` are those used."""
    told = rounds[rounds["brier"].notna()]
    shown = [cell for cell in cells if (told["cell"] == cell).any()]
    if not shown:
        return None
    drawn = shown[:LARGEST_SERIES]
    across = 1 if len(drawn) == 1 else 2
    down = -(-len(drawn) // across)
    canvas = Canvas(figsize=(COLUMN, 0.7 + (1.4 if down == 1 else 1.2) * down), layout="constrained")
    panels = canvas.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, cell in zip(panels, drawn, strict=False):
        here = told[told["cell"] == cell]
        mean = here.assign(prior=_of_prior(here, economies[cell])).groupby("paid_round")[["prior", "brier", "brier_types"]].mean()
        panel.plot(mean.index, mean["prior"], color=GREY, linestyle="--", marker="_", markersize=4, label="prior only")
        panel.plot(mean.index, mean["brier"], color="#000000", marker="o", label="announced histogram")
        panel.plot(mean.index, mean["brier_types"], "s:", color="#0072B2", markersize=6, markerfacecolor="none", label="true types")
        panel.set_title(cell if len(shown) > 1 else "", loc="left")
        whole_rounds(panel, 8 if across == 1 else 5)
    panels[0].set_ylim(bottom=0)  # after all panels are drawn, because they share the axis
    for panel in panels[len(drawn) :]:
        panel.set_visible(False)
    canvas.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    canvas.supxlabel("paid round", fontsize=7.5)
    canvas.supylabel("mean Brier score (0: state known)", fontsize=7.5)
    caption = (
        "What the announcement revealed about the state, by round: the Brier score of the posterior that the announced histogram gives, "
        "of the one that the active subjects' true types give, and of the prior. Lower is better. If all first offers are read as their "
        "own type's, the first two coincide."
    )
    return finished("information", canvas, caption + left_out(shown))


def _of_prior(rounds: pd.DataFrame, economy: Economy) -> pd.Series:
    env = economy.environment
    state = np.array([env.state_index(name) for name in rounds["state"]], dtype=np.int64)
    return pd.Series(brier(np.broadcast_to(env.prior, (len(state), len(env.prior))), state), rounds.index)
