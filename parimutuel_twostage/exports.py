"""The files that oTree's page *Data* offers for this app, one function each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parimutuel_twostage import records
from parimutuel_twostage.rows import SubjectRow


def custom_export(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """Decisions: one row per participant and round."""
    return records.decision_rows(players)


def custom_export_sessions(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """Sessions: one line each, with the environment, the config, the seed and the software's versions."""
    return records.session_rows(players)


def custom_export_payments(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """Payments: one row per participant."""
    return records.payment_rows(players)


def custom_export_pay_sheet(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """Pay sheet for the laboratory, with labels: one row per participant, a cell for the signature."""
    return records.pay_sheet_rows(players)


def custom_export_bonus(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """Bonus file for a recruiter: label and what is paid beyond the show-up fee, without a header."""
    return records.bonus_file_rows(players, with_fee=False)


def custom_export_bonus_with_fee(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """Bonus file with the show-up fee, for a recruiter who does not pay it: label and the whole
    payment.
    """
    return records.bonus_file_rows(players, with_fee=True)


def custom_export_beliefs(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """Beliefs: one row per participant, round and state."""
    return records.belief_rows(players)


def custom_export_events(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """Events: how the slider, the fields and the calculator of the offer pages were used, one row
    per use.
    """
    return records.event_rows(players)
