"""What each statistic leaves out and why: every row read is used or left out for exactly one
reason.

There is one account for each kind of statistic, because a missed decision is not a typed offer but
still belongs to its market's price. In each account the reasons are in order of precedence: a row
counts under the first that applies, so that ``read`` is the sum of all reasons and ``used``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from comparison.checking.validation import Checks
from comparison.data.markets import MarketRound
from comparison.data.reading import Export
from comparison.statistics.cells import cell_labels
from experiment.offers import ABSENT, ROBOT, TYPED

READ, USED = "read", "used"
MARKETS, PRICES, FIRST_OFFERS, SECOND_OFFERS = "markets", "prices", "first_offers", "second_offers"
MEANINGS: Mapping[str, str] = {
    READ: "Rows of the decisions files: one per participant and round that began.",
    "unfinished": "The round began and did not end, so it has no outcome.",
    "practice": "A practice round: checked, and in no statistic.",
    "contradicted": "The row's market round holds a cell that contradicts the mechanism, so none of it is used.",
    "shut_down": "All first offers were equal and the market shut down (section 3.3): no second offers and no price.",
    "inactive": "Drawn to be inactive: the row has no second decision.",
    "robot": "A robot decided.",
    "dropout": "No decision in time, and none by this participant afterwards: the default stood in for them.",
    "absent": "No decision in time, though the participant came back: the default stood in for the decision.",
    USED: "The remaining rows, on which the statistics rest.",
}
"""Each reason and its meaning; if several apply to a row, the account's first one counts."""
ALWAYS = ("unfinished", "practice", "contradicted")
MISSED = ("robot", "dropout", "absent")
ACCOUNTS: Mapping[str, Sequence[str]] = {
    MARKETS: ALWAYS,
    PRICES: (*ALWAYS, "shut_down"),
    FIRST_OFFERS: (*ALWAYS, *MISSED),
    SECOND_OFFERS: (*ALWAYS, "inactive", "shut_down", *MISSED),
}
"""By account, its reasons in their order of precedence. Efficiency, welfare and learning of prices are in the account of markets."""
_ROW_COLUMNS = (
    "session_code", "round_number", "market", "participant_code", "stage1", "stage2", "inactive", "unfinished", "practice", "contradicted",
    "shut_down",
)  # fmt: skip
_COLUMNS = ("cell", "account", "reason", "rows", "market_rounds", "subjects", "meaning")


def exclusions(export: Export, markets: Sequence[MarketRound], checks: Checks) -> pd.DataFrame:
    """One row per cell, account and reason, from ``read`` through the reasons to ``used``.

    Columns: ``cell``, ``account``, ``reason``; ``rows`` add up; ``market_rounds`` and ``subjects``
    count those with at least one such row, so that one may count under several reasons; robots are
    not subjects. ``meaning`` is a sentence.
    """
    rows = _rows(export, markets, checks)
    table = []
    for cell, here in rows.groupby("cell", sort=True):
        for account, reasons in ACCOUNTS.items():
            given = np.select([here[_column(reason, account)].to_numpy(bool) for reason in reasons], list(reasons), USED)
            for reason in (READ, *reasons, USED):
                chosen = here if reason == READ else here[given == reason]
                table.append({"cell": cell, "account": account, "reason": reason, **_counts(chosen), "meaning": MEANINGS[reason]})
    return pd.DataFrame(table, columns=_COLUMNS)


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    return {
        "rows": len(rows),
        "market_rounds": rows["market_round"].nunique(),
        "subjects": rows.loc[~rows["is_robot"], "subject"].nunique(),
    }


def _column(reason: str, account: str) -> str:
    stage = {FIRST_OFFERS: "stage 1", SECOND_OFFERS: "stage 2"}.get(account)
    return f"{reason} at {stage}" if reason in MISSED else reason


def _rows(export: Export, markets: Sequence[MarketRound], checks: Checks) -> pd.DataFrame:
    """All rows read, with a column for each reason that shows whether it applies."""
    wrong = checks.markets()
    rows: list[tuple[object, ...]] = []
    for market in markets:
        where = market.session.code, market.round_number, market.market
        of_market = market.practice, where in wrong, market.shut_down
        for said in (row.decision for row in market.rows):
            second = said.stage2_source or ""
            rows.append((*where, said.participant_code, said.stage1_source, second, said.active != 1, False, *of_market))
    for row in export.unfinished:
        practice = export.sessions[row.session_code].settings.is_practice(row.round_number)
        where = row.session_code, row.round_number, row.market
        rows.append((*where, row.participant_code, ROBOT if row.robot else "", "", False, True, practice, False, False))
    frame = pd.DataFrame(rows, columns=_ROW_COLUMNS)
    return frame.assign(
        cell=frame["session_code"].map(_cells(export, markets)),
        is_robot=frame["stage1"] == ROBOT,
        market_round=frame.groupby(["session_code", "round_number", "market"]).ngroup(),
        subject=frame.groupby(["session_code", "participant_code"]).ngroup(),
        **_missed(frame),
    )


def _missed(rows: pd.DataFrame) -> dict[str, npt.NDArray[np.bool_]]:
    """By stage, who made no decision: a robot in the seat, a participant who decided nothing
    afterwards, or anybody else.

    The decisions of a session are ordered by round and stage; a participant's last typed decision
    separates absences from dropping out.
    """
    source = {1: rows["stage1"], 2: rows["stage2"]}
    when = {stage: 2 * rows["round_number"] + stage for stage in (1, 2)}
    typed = np.maximum(*(np.where(source[stage] == TYPED, when[stage], 0) for stage in (1, 2)))
    last = pd.Series(typed).groupby([rows["session_code"], rows["participant_code"]]).transform("max")
    found: dict[str, npt.NDArray[np.bool_]] = {}
    for stage in (1, 2):
        absent = (source[stage] == ABSENT).to_numpy()
        gone = (when[stage] > last).to_numpy()
        found[f"robot at stage {stage}"] = (source[stage] == ROBOT).to_numpy()
        found[f"dropout at stage {stage}"] = absent & gone
        found[f"absent at stage {stage}"] = absent
    return found


def _cells(export: Export, markets: Sequence[MarketRound]) -> Mapping[str, str]:
    """The cell of every session with rows, named as in the other tables, which only contain
    sessions with a round that ended.
    """
    codes = {row.session_code for row in export.unfinished} | {market.session.code for market in markets}
    every = cell_labels([export.sessions[code] for code in sorted(codes)])
    known = cell_labels([market.session for market in markets])
    renamed = {every[code]: label for code, label in known.items()}
    return {code: renamed.get(label, label) for code, label in every.items()}
