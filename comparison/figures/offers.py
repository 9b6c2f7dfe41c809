"""Offers of one treatment: first offers by type beside alpha* and I(x), second offers against beta."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from comparison.figures.style import COLUMN, GREY, Figure, bubbles, finished, key
from comparison.statistics.benchmarks import Economy
from experiment.offers import TYPED
from theory.mechanism import net_offers

_NET = "net offer, share of endowment (left: offers q; right: offers r)"
_BINS = np.arange(-1.025, 1.0251, 0.05)


def first_offers(decisions: pd.DataFrame, cell: str, economy: Economy, suffix: str) -> Figure | None:
    """The distribution of typed first offers, a panel per type; ``decisions`` are those used."""
    here = decisions[(decisions["cell"] == cell) & (decisions["stage1_source"] == TYPED)]
    if here.empty:
        return None
    environment = economy.environment
    alpha, kinds = net_offers(economy.alpha_star, environment.endowment), len(environment.types)
    canvas = Canvas(figsize=(COLUMN, 0.6 + 0.85 * kinds), layout="constrained")
    panels = canvas.subplots(kinds, 1, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, index in zip(panels, np.argsort(alpha, kind="stable"), strict=True):
        offers = here.loc[here["type"] == environment.types[index], "stage1"].to_numpy()
        if np.isfinite(economy.lowest[index]):
            ends = np.array([economy.lowest[index], economy.highest[index]]) / environment.endowment_q - 1
            panel.axvspan(*ends, color="#E6E6E6", linewidth=0, label="I(x): read as this type")
        if len(offers):
            weights = np.full(len(offers), 1 / len(offers))
            panel.hist(np.round(offers, 9), bins=_BINS, weights=weights, color="#0072B2", label="first offers")
        panel.axvline(alpha[index], color="#000000", linestyle="--", linewidth=1.1, label="alpha*")
        panel.set_title(f"type {environment.types[index]}, {len(offers)} offers", loc="left")
    tallest = max((patch.get_height() for panel in panels for container in panel.containers for patch in container), default=1.0)
    panels[0].set(xlim=(-1.03, 1.03), ylim=(0, min(1.2 * tallest, 1.05)))
    canvas.supylabel("share of offers", fontsize=7.5)
    panels[-1].set_xlabel(_NET)
    labels = {name: handle for panel in panels for handle, name in zip(*panel.get_legend_handles_labels(), strict=True)}
    canvas.legend(labels.values(), labels.keys(), loc="outside upper center", ncols=3)
    caption = (
        f"First offers by type, {cell}: their distribution, the stage-1 optimum alpha*, and the interval I(x) in which an offer is "
        "read as its type's."
    )
    return finished(f"stage1_offers{suffix}", canvas, caption)


def second_offers(decisions: pd.DataFrame, cell: str, economy: Economy, suffix: str) -> Figure | None:
    """Typed second offers against the Nash offer, a marker per type; ``decisions`` are those used."""
    here = decisions[(decisions["cell"] == cell) & (decisions["stage2_source"] == TYPED) & decisions["beta"].notna()]
    if here.empty:
        return None
    canvas = Canvas(figsize=(COLUMN, COLUMN * 0.85), layout="constrained")
    panel = canvas.subplots()
    both = np.concatenate([here["stage2"], here["beta"]])
    low, high = max(both.min() - 0.06, -1.03), min(both.max() + 0.06, 1.03)
    panel.axhline(0, color="#CCCCCC", linewidth=0.6)
    panel.axvline(0, color="#CCCCCC", linewidth=0.6)
    panel.plot([low, high], [low, high], color=GREY, linewidth=0.8)
    kinds = economy.environment.types
    for index, kind in enumerate(kinds):
        mine = here[here["type"] == kind]
        bubbles(panel, mine["beta"], mine["stage2"], (high - low) / 60, index, f"type {kind}", np.asarray)
    panel.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    panel.set(xlabel="Nash offer at the true types, share of endowment", ylabel="second offer, share of endowment")
    key(panel, kinds)
    caption = (
        f"Second offers against the Nash offer at the true types, {cell}, in shares of the endowment: offers of q are negative, "
        "offers of r positive; on the line they agree. Larger marks stand for several offers."
    )
    return finished(f"stage2_offers{suffix}", canvas, caption)
