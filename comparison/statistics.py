"""What was played beside what was predicted, as tables: one row per decision, per market round, and per treatment.

Offers stand on one signed axis in shares of the endowment, y = o_r/r-bar - o_q/q-bar: an offer of good q (a sale of q) is
negative, an offer of good r (a purchase of q) is positive. At stage 1, q1(a) of eq. (5) is q-bar (1 + y). Prices are
compared in logarithms, so that p and 1/p deviate equally.

Statistics use paid rounds without contradiction. Offers count where they were typed; prices and efficiency count
whoever traded, and the number of absent and robot decisions stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from comparison.benchmarks import Prediction
from comparison.markets import MarketRound
from comparison.reading import Session
from comparison.validation import Checks
from experiment.offers import ABSENT, ROBOT, TYPED, Offer
from theory.beliefs import configuration_text
from theory.environment import Environment
from theory.mechanism import fixed_price_trade
from theory.stage1 import UNREAD
from theory.utility import FloatArray

NASH, ANNOUNCED, COMPETITIVE = "nash", "announced", "competitive"
BENCHMARKS = (NASH, ANNOUNCED, COMPETITIVE)
SMALLEST_GAIN = 1e-9
"""Gains from trade below this many points are none: a share of them is not computed."""


@dataclass(frozen=True, eq=False)
class Tables:
    """All tables of the comparison. ``cells`` names the treatments: sessions that differ in nothing that bears on play."""

    cells: pd.DataFrame
    sessions_read: pd.DataFrame
    decisions_compared: pd.DataFrame
    market_rounds: pd.DataFrame
    prices: pd.DataFrame
    stage1_offers: pd.DataFrame
    stage2_offers: pd.DataFrame
    efficiency: pd.DataFrame
    learning: pd.DataFrame
    counts: pd.DataFrame
    exclusions: pd.DataFrame = field(default_factory=pd.DataFrame)

    def named(self) -> Iterable[tuple[str, pd.DataFrame]]:
        """Every table with the name of its file."""
        return ((table.name, getattr(self, table.name)) for table in fields(self))


def compute_tables(markets: Sequence[MarketRound], predicted: Sequence[Prediction], checks: Checks) -> Tables:
    """All tables, from the market rounds, their benchmarks and the outcome of the checks."""
    labels = cell_labels([market.session for market in markets])
    wrong = checks.markets()
    decisions, rounds = [], []
    for market, prediction in zip(markets, predicted, strict=True):
        contradicted = (market.session.code, market.round_number, market.market) in wrong
        frame = _decisions(market, prediction, labels[market.session.code], contradicted)
        decisions.append(frame)
        rounds.append(_market_round(market, prediction, frame))
    all_decisions = pd.DataFrame({key: np.concatenate([frame[key] for frame in decisions]) for key in decisions[0]})
    market_rounds = pd.DataFrame(rounds)
    used, used_rounds = all_decisions[all_decisions["used"]], market_rounds[market_rounds["used"]]
    return Tables(
        cells=_cells(markets, predicted, labels, market_rounds),
        sessions_read=_sessions(markets, labels, market_rounds, checks),
        decisions_compared=all_decisions,
        market_rounds=market_rounds,
        prices=_prices(used_rounds),
        stage1_offers=_stage1(used[used["stage1_source"] == TYPED]),
        stage2_offers=_stage2(used[used["stage2_source"] == TYPED]),
        efficiency=_efficiency(used_rounds),
        learning=_learning(used, used_rounds),
        counts=_counts(all_decisions, market_rounds),
    )


def cell_labels(sessions: Iterable[Session]) -> Mapping[str, str]:
    """A name for each session's cell: its treatment, and what tells it from another cell with the same treatment."""
    keys = {session.code: _cell_key(session) for session in sessions}
    distinct = sorted(set(keys.values()))
    names: dict[tuple[str, ...], str] = {}
    for key in distinct:
        rivals = [other for other in distinct if other[0] == key[0]]
        differing = [part for part in range(1, len(key) - 1) if len({other[part] for other in rivals}) > 1]
        names[key] = ", ".join([key[0], *(key[part] for part in differing)])
    for name in sorted(set(names.values())):
        same = [key for key in distinct if names[key] == name]
        if len(same) > 1:
            names.update({key: f"{name}, version {number}" for number, key in enumerate(same, start=1)})
    return {code: names[key] for code, key in keys.items()}


def net(offers: npt.ArrayLike, environment: Environment) -> FloatArray:
    """The signed net offer y in shares of the endowment: shape (..., 2) in goods to (...)."""
    offers = np.asarray(offers, float)
    return np.asarray(offers[..., 1] / environment.endowment_r - offers[..., 0] / environment.endowment_q)


def _cell_key(session: Session) -> tuple[str, ...]:
    settings = session.settings
    return (
        settings.treatment,
        settings.environment.name,
        f"N = {settings.market_size}",
        f"announcement {settings.announcement}",
        f"inactive threat {settings.inactive_threat}",
        f"shutdown if equal {'on' if settings.shutdown_if_equal else 'off'}",
        f"grid {settings.grid.step.normalize():f}",
        session.economy,
    )


def _decisions(market: MarketRound, predicted: Prediction, cell: str, contradicted: bool) -> dict[str, npt.NDArray[np.generic]]:
    """The rows of one market round, column by column."""
    environment, rows = market.session.environment, market.rows
    said = [row.decision for row in rows]
    first, second = _offers(market.stage1), _offers(market.stage2)
    stage1, stage2 = net(first, environment), np.where(market.active, net(second, environment), np.nan)
    alpha = net(predicted.economy.alpha_star, environment)[market.type_index]
    beta, announced = net(predicted.nash_offers, environment), net(predicted.announced_offers, environment)
    read = predicted.read_as
    known = {
        "cell": cell,
        "session_code": market.session.code,
        "treatment": market.session.settings.treatment,
        "environment": environment.name,
        "matching_group": market.matching_group,
        "round_number": market.round_number,
        "paid_round": 0 if market.practice else market.paid_round,
        "practice": market.practice,
        "market": market.market,
        "contradicted": contradicted,
        "used": not (contradicted or market.practice),
    }
    return {
        **{name: np.full(len(rows), value) for name, value in known.items()},
        "participant_code": np.array([row.participant_code for row in said]),
        "type": np.array([row.type for row in said]),
        "state": np.array([row.state for row in said]),
        "active": market.active,
        "stage1_source": np.array([row.stage1_source for row in said]),
        "stage1": stage1,
        "alpha_star": alpha,
        "stage1_deviation": stage1 - alpha,
        "read_as": np.array(["" if index == UNREAD else environment.types[index] for index in read]),
        "inside_interval": np.where(read == UNREAD, np.nan, (read == market.type_index).astype(float)),
        "stage2_source": np.array([row.stage2_source or "" for row in said]),
        "stage2": stage2,
        "beta": beta,
        "stage2_deviation": stage2 - beta,
        "beta_announced": announced,
        "announced_deviation": stage2 - announced,
        "points": np.array([row.points for row in said]),
        **_points_by_benchmark(market, predicted),
    }


def _points_by_benchmark(market: MarketRound, predicted: Prediction) -> dict[str, FloatArray]:
    """Points at the realised state without trade, in the Nash equilibrium and in the competitive equilibrium."""
    environment = market.session.environment
    ends = environment.endowment_q, environment.endowment_r
    stage1 = fixed_price_trade(predicted.economy.alpha_star[market.type_index], *ends, environment.fixed_price).bundles
    bundles = {
        "points_no_trade": np.broadcast_to(np.array(ends), stage1.shape),
        "points_nash": np.where(market.active[:, None], predicted.nash_bundles, stage1),
        "points_competitive": predicted.competitive_bundles,
    }
    return {name: _points(market, bundle) for name, bundle in bundles.items()}


def _points(market: MarketRound, bundles: FloatArray) -> FloatArray:
    environment = market.session.environment
    utility = environment.utility
    weight = utility.weight[market.type_index, environment.state_index(market.state)]
    points = utility.points(bundles[:, 0], bundles[:, 1], weight)
    return points if utility.floor is None else np.maximum(points, utility.floor)


def _market_round(market: MarketRound, predicted: Prediction, rows: Mapping[str, npt.NDArray[np.generic]]) -> dict[str, object]:
    """One row of the table of market rounds."""
    active = market.active
    prices = {row.decision.price for row in market.rows if row.decision.active and row.decision.price is not None}
    observed = min(prices) if prices else np.nan
    benchmarks = {NASH: predicted.nash_price, ANNOUNCED: predicted.announced_price, COMPETITIVE: predicted.competitive_price}
    known = [key for key in list(rows) if key in _ROUND_COLUMNS]
    gains = {
        f"gain_{name}_{whose}": float((rows[column] - rows["points_no_trade"])[chosen].sum())  # type: ignore[operator]
        for whose, chosen in (("active", active), ("all", np.ones_like(active)))
        for name, column in (("observed", "points"), ("nash", "points_nash"), ("competitive", "points_competitive"))
    }
    return {
        **{key: rows[key][0] for key in known},
        "state": market.state,
        "agents": len(market.rows),
        "actives": int(active.sum()),
        "types_active": configuration_text(market.session.environment, market.configuration),
        "shut_down": market.shut_down,
        "price": observed,
        **{f"price_{name}": price for name, price in benchmarks.items()},
        **{f"log_deviation_{name}": _log_ratio(observed, price) for name, price in benchmarks.items()},
        "misread": int(((predicted.read_as != market.type_index) & (predicted.read_as != UNREAD) & active).sum()),
        "missed": int(((rows["stage1_source"] == ABSENT) & active).sum()),
        **{f"stage1_{source}": int((rows["stage1_source"] == source).sum()) for source in (TYPED, ABSENT, ROBOT)},
        **{f"stage2_{source}": int((rows["stage2_source"] == source).sum()) for source in (TYPED, ABSENT, ROBOT)},
        **gains,
        "efficiency_active": _share(gains["gain_observed_active"], gains["gain_competitive_active"]),
        "efficiency_all": _share(gains["gain_observed_all"], gains["gain_competitive_all"]),
        "efficiency_nash_active": _share(gains["gain_nash_active"], gains["gain_competitive_active"]),
    }


_ROUND_COLUMNS = (
    "cell", "session_code", "treatment", "environment", "matching_group", "round_number", "paid_round", "practice", "market",
    "contradicted", "used",
)  # fmt: skip


def _cells(
    markets: Sequence[MarketRound], predicted: Sequence[Prediction], labels: Mapping[str, str], rounds: pd.DataFrame
) -> pd.DataFrame:
    """The design: one row per cell."""
    first = {labels[market.session.code]: (market, prediction) for market, prediction in zip(markets, predicted, strict=True)}
    table = []
    for cell in sorted(first):
        market, prediction = first[cell]
        settings, environment = market.session.settings, market.session.environment
        here = rounds[rounds["cell"] == cell]
        table.append(
            {
                "cell": cell,
                "treatment": settings.treatment,
                "environment": environment.name,
                "agents": settings.market_size,
                "active": settings.active,
                "types": len(environment.types),
                "states": len(environment.states),
                "grid": float(settings.grid.step),
                "announcement": settings.announcement,
                "inactive_threat": settings.inactive_threat,
                "shutdown_if_equal": settings.shutdown_if_equal,
                "separating": prediction.economy.not_separating is None,
                "sessions": here["session_code"].nunique(),
                "independent_units": _units(here),
                "market_rounds": len(here),
                "market_rounds_used": int(here["used"].sum()),
            }
        )
    return pd.DataFrame(table)


def _sessions(markets: Sequence[MarketRound], labels: Mapping[str, str], rounds: pd.DataFrame, checks: Checks) -> pd.DataFrame:
    """One row per session; robots are not participants."""
    sessions = {market.session.code: market.session for market in markets}
    people: dict[str, set[str]] = {code: set() for code in sessions}
    for market in markets:
        people[market.session.code].update(row.decision.participant_code for row in market.rows if row.decision.stage1_source != ROBOT)
    table = []
    for code, session in sessions.items():
        here = rounds[rounds["session_code"] == code]
        table.append(
            {
                "session_code": code,
                "cell": labels[code],
                "participants": len(people[code]),
                "matching": session.settings.matching,
                "independent_units": _units(here),
                "practice_rounds": session.settings.practice_rounds,
                "paid_rounds": here["paid_round"].nunique() - int((here["paid_round"] == 0).any()),
                "paid_rounds_planned": session.settings.rounds,
                "seed": "" if session.seed is None else str(session.seed),
                "draws_checked": code in checks.redrawn,
                "software": session.software.get("parimutuel-lab", ""),
            }
        )
    return pd.DataFrame(table)


def _prices(rounds: pd.DataFrame) -> pd.DataFrame:
    """ln(observed/benchmark) by cell and benchmark."""
    table = []
    for cell, here in rounds.groupby("cell"):
        for benchmark in BENCHMARKS:
            deviation = here[f"log_deviation_{benchmark}"].dropna()
            by_unit = here.assign(size=here[f"log_deviation_{benchmark}"].abs()).groupby(_UNIT)["size"].mean().dropna()
            table.append(
                {
                    "cell": cell,
                    "benchmark": benchmark,
                    "market_rounds": len(deviation),
                    "independent_units": len(by_unit),
                    "mean_log_deviation": deviation.mean(),
                    "sd_log_deviation": deviation.std(ddof=1),
                    "mean_abs_log_deviation": deviation.abs().mean(),
                    "least_unit_mean_abs": by_unit.min(),
                    "largest_unit_mean_abs": by_unit.max(),
                }
            )
    return pd.DataFrame(table, columns=_PRICE_COLUMNS)


def _stage1(offers: pd.DataFrame) -> pd.DataFrame:
    """Typed first offers against alpha* by cell and type, in shares of the endowment."""
    table = []
    for (cell, kind), here in offers.groupby(["cell", "type"]):
        table.append(
            {
                "cell": cell,
                "type": kind,
                "offers": len(here),
                "subjects": _subjects(here),
                "independent_units": _units(here),
                "alpha_star": here["alpha_star"].iloc[0],
                "mean": here["stage1"].mean(),
                "sd": here["stage1"].std(ddof=1),
                "mean_deviation": here["stage1_deviation"].mean(),
                "mean_abs_deviation": here["stage1_deviation"].abs().mean(),
                "share_inside_interval": here["inside_interval"].mean(),
            }
        )
    return pd.DataFrame(table, columns=_STAGE1_COLUMNS)


def _stage2(offers: pd.DataFrame) -> pd.DataFrame:
    """Typed second offers against beta by cell and type, in shares of the endowment."""
    table = []
    for (cell, kind), here in offers.groupby(["cell", "type"]):
        predicted = here[here["beta"].notna()]
        table.append(
            {
                "cell": cell,
                "type": kind,
                "offers": len(here),
                "subjects": _subjects(here),
                "independent_units": _units(here),
                "mean_beta": predicted["beta"].mean(),
                "mean": here["stage2"].mean(),
                "sd": here["stage2"].std(ddof=1),
                "mean_deviation": predicted["stage2_deviation"].mean(),
                "mean_abs_deviation": predicted["stage2_deviation"].abs().mean(),
                "mean_abs_deviation_announced": here["announced_deviation"].abs().mean(),
                "share_wrong_side": (np.sign(predicted["stage2"]) * np.sign(predicted["beta"]) < 0).mean(),
            }
        )
    return pd.DataFrame(table, columns=_STAGE2_COLUMNS)


def _efficiency(rounds: pd.DataFrame) -> pd.DataFrame:
    """Gains from trade as shares of the competitive gains, by cell: sums over market rounds divided by each other."""
    table = []
    for cell, here in rounds.groupby("cell"):
        sums = here[[column for column in here if column.startswith("gain_")]].sum()
        by_unit = here.groupby(_UNIT)[["gain_observed_active", "gain_competitive_active"]].sum()
        units = by_unit["gain_observed_active"] / by_unit["gain_competitive_active"].where(
            by_unit["gain_competitive_active"] > SMALLEST_GAIN
        )
        table.append(
            {
                "cell": cell,
                "market_rounds": len(here),
                "independent_units": _units(here),
                "competitive_gain_per_active": sums["gain_competitive_active"] / here["actives"].sum(),
                "efficiency_active": _share(sums["gain_observed_active"], sums["gain_competitive_active"]),
                "least_unit": units.min(),
                "largest_unit": units.max(),
                "efficiency_nash_active": _share(sums["gain_nash_active"], sums["gain_competitive_active"]),
                "efficiency_all": _share(sums["gain_observed_all"], sums["gain_competitive_all"]),
                "efficiency_nash_all": _share(sums["gain_nash_all"], sums["gain_competitive_all"]),
            }
        )
    return pd.DataFrame(table, columns=_EFFICIENCY_COLUMNS)


def _learning(decisions: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute deviations and efficiency by cell and paid round."""
    by = ["cell", "paid_round"]
    typed = {
        stage: decisions.loc[decisions[f"stage{stage}_source"] == TYPED, [*by, f"stage{stage}_deviation"]].set_index(by).abs()
        for stage in (1, 2)
    }
    offers = {stage: frame.groupby(by)[f"stage{stage}_deviation"].mean() for stage, frame in typed.items()}
    table = []
    for (cell, number), here in rounds.groupby(by):
        table.append(
            {
                "cell": cell,
                "paid_round": number,
                "market_rounds": len(here),
                "abs_log_price_deviation": here[f"log_deviation_{NASH}"].abs().mean(),
                "abs_stage1_deviation": offers[1].get((cell, number), np.nan),
                "abs_stage2_deviation": offers[2].get((cell, number), np.nan),
                "efficiency_active": _share(here["gain_observed_active"].sum(), here["gain_competitive_active"].sum()),
                "efficiency_nash_active": _share(here["gain_nash_active"].sum(), here["gain_competitive_active"].sum()),
            }
        )
    return pd.DataFrame(table, columns=_LEARNING_COLUMNS)


def _counts(decisions: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """What was counted and what was left out, by cell."""
    table = []
    for cell, here in decisions.groupby("cell"):
        used, at = here[here["used"]], rounds[rounds["cell"] == cell]
        second = used[used["stage2_source"] != ""]
        table.append(
            {
                "cell": cell,
                "rows": len(here),
                "rows_practice": int(here["practice"].sum()),
                "rows_contradicted": int((here["contradicted"] & ~here["practice"]).sum()),
                "rows_used": len(used),
                "market_rounds_used": int(at["used"].sum()),
                "market_rounds_shut_down": int((at["used"] & at["shut_down"]).sum()),
                **{f"stage1_{source}": int((used["stage1_source"] == source).sum()) for source in (TYPED, ABSENT, ROBOT)},
                **{f"stage2_{source}": int((second["stage2_source"] == source).sum()) for source in (TYPED, ABSENT, ROBOT)},
            }
        )
    return pd.DataFrame(table)


_UNIT = ["session_code", "matching_group"]
_PRICE_COLUMNS = (
    "cell", "benchmark", "market_rounds", "independent_units", "mean_log_deviation", "sd_log_deviation", "mean_abs_log_deviation",
    "least_unit_mean_abs", "largest_unit_mean_abs",
)  # fmt: skip
_STAGE1_COLUMNS = (
    "cell", "type", "offers", "subjects", "independent_units", "alpha_star", "mean", "sd", "mean_deviation", "mean_abs_deviation",
    "share_inside_interval",
)  # fmt: skip
_STAGE2_COLUMNS = (
    "cell", "type", "offers", "subjects", "independent_units", "mean_beta", "mean", "sd", "mean_deviation", "mean_abs_deviation",
    "mean_abs_deviation_announced", "share_wrong_side",
)  # fmt: skip
_EFFICIENCY_COLUMNS = (
    "cell", "market_rounds", "independent_units", "competitive_gain_per_active", "efficiency_active", "least_unit", "largest_unit",
    "efficiency_nash_active", "efficiency_all", "efficiency_nash_all",
)  # fmt: skip
_LEARNING_COLUMNS = (
    "cell", "paid_round", "market_rounds", "abs_log_price_deviation", "abs_stage1_deviation", "abs_stage2_deviation",
    "efficiency_active", "efficiency_nash_active",
)  # fmt: skip


def _units(frame: pd.DataFrame) -> int:
    return len(frame[_UNIT].drop_duplicates())


def _subjects(frame: pd.DataFrame) -> int:
    return len(frame[["session_code", "participant_code"]].drop_duplicates())


def _offers(offers: Iterable[Offer | None]) -> FloatArray:
    return np.array([(np.nan, np.nan) if offer is None else (offer.q, offer.r) for offer in offers])


def _log_ratio(price: float, benchmark: float) -> float:
    return float(np.log(price / benchmark)) if price > 0 and benchmark > 0 else float("nan")


def _share(part: float, whole: float) -> float:
    return part / whole if whole > SMALLEST_GAIN else float("nan")
