"""The rows of the data export, from the rows of the database: only of rounds that began, and of the sessions asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from experiment.config import RANDOM
from experiment.export import DECISION_COLUMNS, PAYMENT_COLUMNS, SESSION_COLUMNS, Decision, session_row
from experiment.session import experiment_of, is_stored, payment_of
from parimutuel_twostage.fields import maybe, settings_of


def decision_rows(players: list[Any]) -> Iterator[list[Any]]:
    """``decisions.csv``: a header, then one row per participant and round."""
    yield list(DECISION_COLUMNS)
    for player in sorted(players, key=lambda p: (p.session_id, p.round_number, p.group.id_in_subsession, p.id_in_group)):
        if maybe(player.group, "stage1_opened") is not None:
            yield decision(player).row()


def session_rows(players: list[Any]) -> Iterator[list[Any]]:
    """``sessions.csv``: a header, then one line per session."""
    yield list(SESSION_COLUMNS)
    for session in {player.session_id: player.session for player in players if is_stored(player.session)}.values():
        experiment = experiment_of(session)
        yield session_row(session.code, experiment.settings.environment, plain_config(session.config), experiment.seed)


def plain_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The session config with money as a number; oTree's own money is written with the currency's sign."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in config.items()}


def payment_rows(players: list[Any], currency: str) -> Iterator[list[Any]]:
    """``payments.csv``: a header, then one row per participant."""
    yield list(PAYMENT_COLUMNS)
    participants = {player.participant_id: (player.session, player.participant) for player in players if is_stored(player.session)}
    for session, participant in participants.values():
        paid = payment_of(experiment_of(session), participant)
        amounts = [f"{amount:.2f}" for amount in (paid.points, paid.earnings, paid.fee, paid.total)]
        paid_round = "" if paid.paid_round is None else paid.paid_round
        yield [session.code, participant.code, paid_round, *amounts, currency]


def decision(player: Any) -> Decision:
    """One participant in one round; what has not happened yet is empty."""
    group = player.group
    settings = settings_of(group)
    market = str(group.id_in_subsession)
    return Decision(
        session_code=player.session.code,
        round_number=player.round_number,
        practice=int(settings.is_practice(player.round_number)),
        market=market,
        matching_group="1" if settings.matching == RANDOM else market,
        participant_code=player.participant.code,
        treatment=settings.treatment,
        environment=settings.environment.name,
        agents=settings.market_size,
        actives=settings.active,
        type=player.type,
        state=group.state,
        active=maybe(player, "active"),
        **{f"stage{n}_{what}": maybe(player, f"stage{n}_{what}") for n in (1, 2) for what in ("q", "r", "source", "seconds")},
        price=maybe(player, "price"),
        final_q=maybe(player, "final_q"),
        final_r=maybe(player, "final_r"),
        points=maybe(player, "points"),
    )
