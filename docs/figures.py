"""The figures of ``docs/paper.md`` and ``docs/library.md``: the paper's claims, computed by this
program. ``make docs-figures`` writes them to ``docs/images``.

They are as wide as a journal column and do not rely on colour: every line has its own style, marker
and name. Text is drawn as outlines and no date is stored, so that the same numbers give the same
bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator
from tqdm import tqdm

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment, read_environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, LOG_COBB_DOUGLAS
from theory.efficiency.coefficients import resource_utilisation
from theory.equilibrium.closed_economy import closed_economy
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.semipooling import semipooling_equilibria
from theory.equilibrium.stage1 import intervals, stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.information.signals import partition_of
from theory.mechanism import bundles_at_price, net_offers
from theory.stage1_incentives.slack import imitation_loss, incentives_at
from theory.stage1_incentives.threshold import threshold

PROJECT = Path(__file__).parents[1]
IMAGES = PROJECT / "docs" / "images"

COLUMN = 3.5
"""Width of a journal column, in inches."""

LINE_HEIGHT = 8.5
"""Height of a line of text, in points."""

CURVATURES = {LOG_COBB_DOUGLAS: (None, None), COBB_DOUGLAS: (0.5, None), CES: (0.5, 0.6), CRRA: (2.5, None)}
"""The curvature and rho that each family is drawn with."""

_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73")
_MARKERS = ("o", "s", "^", "D")
_LINES = ("-", "--", "-.", ":")
_STYLE = {
    "font.size": 7.5, "axes.titlesize": 7.5, "axes.labelsize": 7.5, "xtick.labelsize": 7, "ytick.labelsize": 7,
    "font.family": "DejaVu Sans", "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6, "lines.linewidth": 1.0,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5, "ytick.major.size": 2.5, "lines.markersize": 3.5,
    "svg.hashsalt": "parimutuel", "svg.fonttype": "path", "path.simplify": False, "figure.dpi": 100,
}  # fmt: skip


def stage1_intervals() -> Canvas:
    """Figure 1 for three types: what each type offers at stage 1, and which offers are read as
    which type's.
    """
    env = _shipped("three_types")
    optimum, cut = stage1_optimum(env), intervals(env)
    canvas = Canvas(figsize=(COLUMN, 1.7), layout="constrained")
    panel = canvas.subplots()
    # eq. (5): an offer's position on the line is the q1 it leads to, as a share of the endowment on either side of it
    place, lower, upper = (quantity / env.endowment_q - 1 for quantity in (optimum.q1, cut.lower, cut.upper))
    for rank, kind in enumerate(cut.order):
        name, middle = env.types[kind], (lower[kind] + upper[kind]) / 2
        panel.fill_between([lower[kind], upper[kind]], 0, 1, facecolor=("#D9D9D9", "#F7F7F7")[rank % 2], edgecolor="#777777", linewidth=0.6)
        panel.text(middle, 0.3, f"I({name})", ha="center", va="center")
        panel.plot([place[kind]] * 2, [0.62, 1.5], color="#000000", linewidth=0.8)
        panel.plot(place[kind], 0.62, "o", color="#000000", markersize=4)
        panel.text(place[kind], 1.62, f"α*({name})\nq₁ = {optimum.q1[kind]:.2f}", ha="center", va="bottom", linespacing=1.3)
    for edge in cut.cuts:
        panel.text(edge / env.endowment_q - 1, 1.08, f"{edge:.2f}", ha="center", va="bottom", fontsize=6.5, color="#444444")
    panel.set(xlim=(-1.04, 1.04), ylim=(-0.35, 2.9), yticks=[])
    panel.spines["left"].set_visible(False)
    ticks = np.linspace(-1, 1, 9)
    panel.set_xticks(ticks, [f"{max(-part * env.endowment_q, part * env.endowment_r) + 0.0:g}" for part in ticks])
    panel.set_xlabel("← offers of q, in units of q          offers of r, in units of r →")
    return canvas


def proposition_2() -> Canvas:
    """How far beta^sigma is from beta^z at sigma = M mu_z: multiplied by M if the state is known,
    as it is if the state is inferred.
    """
    base, sizes = _shipped("nearly_common"), np.array([20, 40, 60, 100, 200, 400, 1_000, 10_000, 100_000])
    canvas, (above, below) = _stacked(3.7)
    ends = []
    for index, (family, (curvature, rho)) in enumerate(CURVATURES.items()):
        env = replace(base, utility=replace(base.utility, family=family, curvature=curvature, rho=rho))
        counts, limit = np.rint(sizes[:, None] * env.likelihood[0]), competitive_equilibrium(env).offers[0]
        known = _furthest(env, solve_stage2(env, counts, posterior=np.eye(len(env.states))[0]).offers, limit)
        inferred = _furthest(env, solve_stage2(env, counts).offers, limit)
        # if the state is known, both Cobb-Douglas utilities give the same offers: one is drawn around the other
        look = _look(index) | ({"markersize": 6.5, "markerfacecolor": "none"} if family == LOG_COBB_DOUGLAS else {})
        above.plot(sizes, sizes * known, **look)
        below.plot(sizes, inferred, **look)
        below.plot(sizes, known, color="#777777", linewidth=0.7, zorder=0)
        if family != LOG_COBB_DOUGLAS:
            name = {COBB_DOUGLAS: "Cobb-Douglas,\nand its log", CES: "CES", CRRA: "CRRA"}[family]
            ends.append((name, sizes[-1], sizes[-1] * known[-1]))
    above.set(ylim=(0, None))
    below.set(yscale="log")
    below.text(0.03, 0.05, "thin lines: state known", transform=below.transAxes, color="#555555")
    _title(above, "State known: M × distance, in endowments")
    _title(below, "State inferred from σ: distance, in endowments")
    _number_axis(below, "M, active agents", sizes, room=6)
    _name_ends(above, ends)
    return canvas


def theorem_1() -> Canvas:
    """What imitating another type gains an active agent, costs an inactive one, and yields in
    total, for N agents.
    """
    env = _shipped("three_types")
    every = list(range(2, 61))
    markets = incentives_at(env, [*every, 84, 120, 180, 240, 360, 480, 720, 960], accuracy=1e-4, exact_up_to=0)
    agents = np.array([market.agents for market in markets])
    least = _least_loss(env)
    n_bar = threshold(env, every[-1]).threshold
    if n_bar is None:
        raise RuntimeError(f"With {every[-1]} agents some type still gains by defecting; the figure needs an environment where none does.")
    canvas, (above, below) = _stacked(3.7)
    advantage = np.array([market.advantage.max() for market in markets])
    above.plot(agents, advantage, **_POINTS)
    above.axhline(least, color="#0072B2", linestyle="--")
    above.plot(agents[agents >= 30], advantage[-1] * agents[-1] / agents[agents >= 30], color="#777777", linestyle=":", zorder=0)
    above.annotate("least loss when inactive (Claim 1)", (2, least), (0, 3), textcoords="offset points")
    above.annotate("greatest gain when active", (2, advantage[0]), (0, -9), textcoords="offset points", va="top")
    above.annotate("∝ 1/N", (agents[-1], advantage[-1]), (0, 14), textcoords="offset points", ha="right", color="#555555")
    above.set(yscale="log", ylim=(advantage[-1] / 2, 2.5 * least))
    _title(above, "Each alone: points")
    _plain(above.yaxis)
    gain = np.array([market.largest_gain for market in markets])
    below.plot(agents, gain, **_POINTS)
    below.axhline(0, color="#000000", linewidth=0.6)
    below.axhline(-float(env.inactive_share) * least, color="#0072B2", linestyle="--")
    below.axvline(n_bar, color="#D55E00", linestyle="-.")
    below.annotate(f"N̄ = {n_bar}", (n_bar, gain.max()), (3, 0), textcoords="offset points", va="top")
    below.annotate("−η × loss", (2, -float(env.inactive_share) * least), (0, 3), textcoords="offset points")
    _title(below, "Together, eq. (22): the greatest gain in all, points")
    _number_axis(below, "N, agents", agents)
    return canvas


def theorem_2() -> Canvas:
    """Offers after two types have sent the same signal: how they approach beta^z, and their
    distance from it, with the price.
    """
    env, sizes, state = _shipped("three_types"), np.array([10, 20, 40, 80, 160, 320, 640]), 0
    partition = partition_of(env, [["blue"], ["green", "orange"]])
    signals = np.rint(sizes[:, None] * partition.likelihood(env)[state]).astype(int)
    found = [semipooling_equilibria(env, partition, row).equilibria for row in signals]
    if any(len(equilibria) != 1 for equilibria in found):
        raise RuntimeError(f"{[len(equilibria) for equilibria in found]} equilibria were found; the figure needs one for each M.")
    limit = competitive_equilibrium(env)
    offers = np.array([equilibria[0].offers for equilibria in found])
    price = np.array([equilibria[0].prices[state].mean for equilibria in found])
    canvas, (above, below) = _stacked(4.0)
    nets, apart = [], []
    ends = [sizes[0], sizes[-1]]
    above.plot(ends, [0, 0], color="#777777", linewidth=0.6)
    for kind, name in enumerate(env.types):
        net, wanted = (net_offers(values) for values in (offers[:, kind], limit.offers[state, kind]))
        distance = np.abs(net - wanted) / env.endowment_q
        above.plot(sizes, net, **_look(kind))
        above.plot(ends, [wanted, wanted], color="#777777", linestyle=":", linewidth=0.9)
        below.plot(sizes, distance, **_look(kind))
        nets.append((name, sizes[-1], net[-1]))
        apart.append((name, sizes[-1], distance[-1]))
    off = np.abs(price / limit.price[state] - 1)
    below.plot(sizes, off, **_look(3))
    apart.append(("price", sizes[-1], off[-1]))
    below.set(yscale="log")
    _title(above, "Offers: of r above 0, of q below, in units of the good")
    _title(below, "Distance: offers in endowments, mean price in parts")
    _number_axis(below, "M, active agents", sizes, room=3)
    _name_ends(above, nets)
    _name_ends(below, apart)
    return canvas


def corollary() -> Canvas:
    """How much efficiency is lost as the market grows: to the inactive, by eta, and to the
    exogenous offers, by epsilon.
    """
    env, state = _shipped("three_types"), 0
    sizes = np.array([20, 40, 100, 200, 400, 1_000, 2_000, 4_000, 10_000])
    canvas, (above, below) = _stacked(4.0)
    inactive, exogenous = [], []
    for index, eta in enumerate((Fraction(1, 6), Fraction(1, 51), Fraction(1, 501), Fraction(0))):
        # a line begins at the first N with an inactive agent
        there = [size for size in sizes.tolist() if eta == 0 or size * eta >= 1 - eta]
        wasted = [_wasted(env, state, size, eta) for size in there]
        above.plot(there, wasted, **_look(index))
        inactive.append((f"η = {eta}", there[-1], wasted[-1]))
    for index, part in enumerate((0.05, 0.01, 0.002)):
        near = replace(env, epsilon_q=part * env.endowment_q, epsilon_r=part * env.endowment_r)
        counts = np.rint(sizes[:, None] * env.likelihood[state])
        efficient = closed_economy(env, counts, np.eye(len(env.states))[[state] * len(sizes)]).bundles
        distance = _furthest(env, solve_stage2(near, counts).bundles, efficient)
        below.plot(sizes, distance, **_look(index))
        exogenous.append((f"ε = {part:g}", sizes[-1], distance[-1]))
    above.set(yscale="log")
    below.set(yscale="log")
    _title(above, "All agents: 1 − Debreu's coefficient")
    _title(below, "Active agents: distance from efficient bundles, in endowments")
    _plain(below.yaxis)
    below.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5])
    _number_axis(below, "M, active agents", sizes, room=4)
    _name_ends(above, inactive)
    _name_ends(below, exogenous)
    return canvas


def price_of_types() -> Canvas:
    """The stage-2 price at every type configuration of ten active agents, with the competitive
    price of each state.
    """
    env = _shipped("mixed_values")
    blue = np.arange(env.active + 1)
    price = solve_stage2(env, np.stack([blue, env.active - blue], axis=1)).price
    canvas = Canvas(figsize=(COLUMN, 2.1), layout="constrained")
    panel = canvas.subplots()
    for state, wanted in competitive_equilibrium(env)["price"].items():
        panel.axhline(wanted, color="#777777", linestyle=":", linewidth=0.9, zorder=0)
        panel.annotate(f"competitive, {state}", (env.active if wanted > 1 else 0, wanted), (0, 3), textcoords="offset points",
                       ha="right" if wanted > 1 else "left", color="#555555")  # fmt: skip
    panel.plot(blue, price, **_POINTS)
    panel.set(yscale="log", xlabel=f"blue agents among {env.active} active ones", xticks=blue)
    _title(panel, "Stage-2 price")
    _plain(panel.yaxis)
    panel.set_yticks([0.2, 0.5, 1, 2, 5])
    return canvas


FIGURES: dict[str, Callable[[], Canvas]] = {
    "stage1-intervals": stage1_intervals,
    "proposition-2": proposition_2,
    "theorem-1": theorem_1,
    "theorem-2": theorem_2,
    "corollary": corollary,
    "price-of-types": price_of_types,
}
"""Every figure by the name of its file."""


def drawn(name: str) -> Canvas:
    """A figure by its name."""
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        return FIGURES[name]()


def svg(canvas: Canvas) -> str:
    """A figure as the text of its file."""
    text = io.StringIO()
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def write() -> None:
    """Write every figure to ``docs/images``."""
    for name in tqdm(FIGURES, desc="drawing figures", unit=" figures", disable=None, leave=False):
        (IMAGES / f"{name}.svg").write_text(svg(drawn(name)), encoding="utf-8", newline="\n")


def _shipped(name: str) -> Environment:
    return read_environment(PROJECT / "environments" / f"{name}.toml")


def _furthest(env: Environment, goods: FloatArray, wanted: FloatArray) -> FloatArray:
    """The largest distance over types and goods, in endowments: (B, K, 2) to (B,)."""
    return np.asarray((np.abs(goods - wanted) / env.endowment).max(axis=(1, 2)))


def _least_loss(env: Environment) -> float:
    """The epsilon of Claim 1 in the proof of Theorem 1."""
    loss = imitation_loss(env)
    return float(loss[~np.eye(len(loss), dtype=bool)].min())


def _wasted(env: Environment, state: int, size: int, eta: Fraction) -> float:
    """1 - Debreu's coefficient of ``size`` active agents and the inactive agents that go with them,
    all with the state's shares of types.
    """
    shares, kinds = env.likelihood[state], np.arange(len(env.types))
    active = solve_stage2(env, [np.rint(size * shares)]).bundles[0]
    inactive = bundles_at_price(stage1_optimum(env).offers, env.fixed_price, env.endowment)
    heads = np.concatenate([float(1 - eta) * shares, float(eta) * shares])
    held, types, there = np.concatenate([active, inactive]), np.concatenate([kinds, kinds]), heads > 0
    certain = np.eye(len(env.states))[state]
    return 1 - resource_utilisation(env, types[there], held[there], certain, heads[there]).coefficient


_POINTS: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 2.2, "color": "#000000"}


def _look(index: int) -> dict[str, Any]:
    return {"color": _COLOURS[index], "marker": _MARKERS[index], "linestyle": _LINES[index]}


def _stacked(height: float) -> tuple[Canvas, tuple[Axes, Axes]]:
    """Two panels, one above the other, that share an axis for the number of agents."""
    canvas = Canvas(figsize=(COLUMN, height), layout="constrained")
    above, below = canvas.subplots(2, 1, sharex=True)
    return canvas, (above, below)


def _title(panel: Axes, text: str) -> None:
    """A title that begins at the left edge of the figure, so that a long one fits."""
    panel.set_title(text, loc="left", x=-0.06)


def _number_axis(panel: Axes, label: str, numbers: FloatArray, room: float = 1.0) -> None:
    """A logarithmic axis for the number of agents, ``room`` times as long as needed, to fit names
    at the ends of lines.
    """
    panel.set(xscale="log", xlim=(numbers[0] / 1.2, numbers[-1] * 1.2 * room), xlabel=label)
    steps = [digit * 10**power for power in range(6) for digit in ((1, 2, 5) if numbers[-1] < 5_000 else (1,))]
    panel.set_xticks([step for step in steps if numbers[0] <= step <= numbers[-1]])
    panel.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.xaxis.set_minor_locator(NullLocator())


def _plain(axis: Any) -> None:
    axis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
    axis.set_minor_formatter(NullFormatter())


def _name_ends(panel: Axes, ends: Sequence[tuple[str, float, float]]) -> None:
    """Write each line's name beside its end (x, y), so that names do not overlap. Call it last,
    when the axes have their limits.
    """
    panel.figure.draw_without_rendering()
    points = 72 / panel.figure.dpi
    upwards = sorted((float(panel.transData.transform((x, y))[1]) * points, name, x, y) for name, x, y in ends)
    taken = -np.inf
    for height, name, x, y in upwards:
        place = max(height, taken + LINE_HEIGHT / 2 * (1 + name.count("\n")))
        panel.annotate(name, (x, y), (5, place - height), textcoords="offset points", va="center")
        taken = place + LINE_HEIGHT / 2 * (1 + name.count("\n"))


if __name__ == "__main__":
    write()
