"""The rows a session exports: one per participant and round, one per session, one payment per
participant.

Everybody who reads a session's data relies on these columns; ``docs/data.md`` explains each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib import metadata
from typing import Any

from experiment.config import DEFAULTS, renamed
from experiment.locales import Locale
from experiment.payments import Lot, Payout
from experiment.version import commit, version
from theory.economy.environment import Environment, environment_fields


@dataclass(frozen=True)
class Decision:
    """One participant in one round, in the order of the columns of ``decisions.csv``; None is an
    empty cell.

    The types are those of a finished round. A round that began but is not over has no outcome yet,
    and before the draw nobody is active or inactive; these cells are empty.
    """

    session_code: str
    round_number: int
    practice: int
    market: str
    matching_group: str
    participant_code: str
    treatment: str
    environment: str
    agents: int
    actives: int
    type: str
    state: str
    active: int
    stage1_q: float | None
    stage1_r: float | None
    stage1_source: str
    stage1_seconds: float | None
    stage2_q: float | None
    stage2_r: float | None
    stage2_source: str | None
    stage2_seconds: float | None
    price: float | None
    final_q: float
    final_r: float
    points: float

    def row(self) -> list[Any]:
        return [_cell(getattr(self, column)) for column in DECISION_COLUMNS]


DECISION_COLUMNS = tuple(field.name for field in fields(Decision))
LATER_DECISION_COLUMNS: tuple[tuple[str, ...], ...] = ()
"""Columns that earlier exports do not have, in groups that came together; the comparison reads exports with and without each group."""
SESSION_COLUMNS = ("session_code", "json")
FIRST_PAYMENT_COLUMNS = ("session_code", "participant_code", "paid_round", "points", "earnings", "participation_fee", "total", "currency")
"""The columns that every ``payments.csv`` has; earlier versions had no others."""
MORE_PAYMENT_COLUMNS = (
    "left_because",
    "lottery_chance",
    "lottery_number",
    "lottery_won",
    "belief_round",
    "belief_chance",
    "belief_number",
    "belief_won",
    "belief_earnings",
    "adjustment",
)
PAYMENT_COLUMNS = FIRST_PAYMENT_COLUMNS + MORE_PAYMENT_COLUMNS
BELIEF_COLUMNS = ("session_code", "round_number", "participant_code", "state", "belief", "seconds")
CONSENT_COLUMNS = ("session_code", "participant_code", "consented_at", "consent_version", "declined")
TEXT_COLUMNS = ("session_code", "file", "version", "text")
QUESTIONNAIRE_COLUMNS = ("session_code", "participant_code", "item", "answer")


def session_row(
    session_code: str,
    environment: Environment,
    config: Mapping[str, Any],
    seed: int,
    locale: Locale | None = None,
    texts: Mapping[str, str] | None = None,
) -> list[str]:
    """A line of ``sessions.csv``: the environment as read, the session config, the seed, the
    software's versions.

    It also has the session's language and currency, if the session was held on a server, and its
    study and the versions of the texts, if it has any of its own.
    """
    config = renamed(config)
    known = {name: config[name] for name in sorted(config) if name in DEFAULTS or name in _OTREE_FIELDS}
    record = {
        "environment": environment_fields(environment),
        "config": {name: value if isinstance(value, bool | int | float | str) else str(value) for name, value in known.items()},
        "seeds": {"seed": seed},
        "software": software_versions(),
        **(asdict(locale) if locale else {}),
        **({"texts": dict(texts)} if texts else {}),
    }
    return [session_code, json.dumps(record, ensure_ascii=False, allow_nan=False)]


def payment_row(session_code: str, participant_code: str, paid: Payout, currency: str) -> list[str]:
    """A line of ``payments.csv``: amounts to the cent, chances and drawn numbers with all their decimals."""
    amounts = [f"{amount:.2f}" for amount in (paid.points, paid.earnings, paid.fee, paid.total)]
    belief = paid.belief
    of_belief = ["", *_lot(None), ""] if belief is None else [str(belief.round), *_lot(belief.lot), f"{belief.earnings:.2f}"]
    return [
        session_code,
        participant_code,
        "" if paid.paid_round is None else str(paid.paid_round),
        *amounts,
        currency,
        paid.left_because or "",
        *_lot(paid.lottery),
        *of_belief,
        f"{paid.adjustment:.2f}",
    ]


def software_versions() -> dict[str, str | None]:
    """The versions of this project and of the packages a session's numbers depend on; None, or null
    in JSON, for one that is not installed.

    ``commit`` is this project's, or None if its folder is not a clone. oTree may be missing on a
    computer that only simulates sessions.
    """
    return {"parimutuel-lab": version(), "commit": commit(), **{name: _installed(name) for name in ("otree", "numpy", "scipy")}}


_OTREE_FIELDS = ("name", "participation_fee", "real_world_currency_per_point", "app_sequence")


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _lot(lot: Lot | None) -> list[str]:
    return ["", "", ""] if lot is None else [f"{lot.chance:.5f}", f"{lot.number:.5f}", str(int(lot.won))]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return "" if value is None else repr(value) if isinstance(value, float) else value
