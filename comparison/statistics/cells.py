"""The design and the data in numbers: one row per treatment, per session, and what was counted and left out.

A cell is a treatment: sessions that differ in nothing that bears on play.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from comparison.checking.validation import Checks
from comparison.data.markets import MarketRound
from comparison.data.reading import Session
from comparison.data.stage_columns import STAGE1, STAGE2
from comparison.statistics.benchmarks import Prediction
from comparison.statistics.units import unit_count
from experiment.config import SessionSettings
from experiment.offers import ROBOT
from experiment.options import NO_OFFER, REPEAT


def cell_labels(sessions: Iterable[Session]) -> Mapping[str, str]:
    """A name for each session's cell: its treatment, and what distinguishes it from another cell
    with the same treatment.
    """
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


def cell_table(
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
                "least_agents": settings.market_sizes[0],
                "types": len(environment.types),
                "states": len(environment.states),
                "grid": float(settings.grid.step),
                "announcement": settings.rules.announcement,
                "inactive_threat": settings.rules.inactive_threat,
                "shutdown_if_equal": settings.rules.shutdown_if_equal,
                "absent_at_stage2": absent_at_stage2(settings),
                "separating": prediction.economy.not_separating is None,
                "sessions": here["session_code"].nunique(),
                "independent_units": unit_count(here),
                "market_rounds": len(here),
                "market_rounds_used": int(here["used"].sum()),
            }
        )
    return pd.DataFrame(table)


def session_table(markets: Sequence[MarketRound], labels: Mapping[str, str], rounds: pd.DataFrame, checks: Checks) -> pd.DataFrame:
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
                "matching": session.settings.schedule.matching,
                "independent_units": unit_count(here),
                "practice_rounds": session.settings.schedule.practice_rounds,
                "paid_rounds": here["paid_round"].nunique() - int((here["paid_round"] == 0).any()),
                "paid_rounds_planned": session.settings.schedule.rounds,
                "seed": "" if session.seed is None else str(session.seed),
                "draws_checked": code in checks.redrawn,
                "software": session.software.get("parimutuel-lab", ""),
            }
        )
    return pd.DataFrame(table)


def count_table(decisions: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
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
                **{column: int((used[STAGE1.source] == source).sum()) for source, column in STAGE1.counted.items()},
                **{column: int((second[STAGE2.source] == source).sum()) for source, column in STAGE2.counted.items()},
                "stage2_repeated": int(second["stage2_repeated"].sum()),
            }
        )
    return pd.DataFrame(table)


def absent_at_stage2(settings: SessionSettings) -> str:
    """What is traded at stage 2 for an absent subject, as the session config says."""
    return REPEAT if settings.absence.repeats else NO_OFFER


def number_range(numbers: Sequence[int]) -> str:
    """Increasing numbers as text: the only one, or the first and the last."""
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def _cell_key(session: Session) -> tuple[str, ...]:
    settings = session.settings
    return (
        settings.treatment,
        settings.environment.name,
        f"N = {number_range(settings.market_sizes)}",
        f"announcement {settings.rules.announcement}",
        f"inactive threat {settings.rules.inactive_threat}",
        f"shutdown if equal {'on' if settings.rules.shutdown_if_equal else 'off'}",
        f"absent at stage 2: {absent_at_stage2(settings)}",
        f"grid {settings.grid.step.normalize():f}",
        session.economy,
    )
