"""The rows of the data export, from the rows of the database: only of rounds that began, and of the sessions asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from experiment.config import RANDOM
from experiment.export import DECISION_COLUMNS, PAYMENT_COLUMNS, SESSION_COLUMNS, Decision, session_row
from experiment.offers import ROBOT, Offer
from experiment.practice import SUBJECT, robot_code
from experiment.session import experiment_of, is_stored, payment_of
from parimutuel_twostage.fields import maybe
from parimutuel_twostage.seats import matching_group, outcome_of, practice_of


def decision_rows(players: list[Any]) -> Iterator[list[Any]]:
    """``decisions.csv``: a header, then one row per participant and round, and after a subject's own those of the robots of its market."""
    yield list(DECISION_COLUMNS)
    for player in sorted(players, key=lambda p: (p.session_id, p.round_number, p.group.id_in_subsession, p.id_in_group)):
        if maybe(player.group, "stage1_opened") is not None:
            said = decision(player)
            yield said.row()
            for robot in robots(said, player.group):
                yield robot.row()


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
    settings, group = experiment_of(player.session).settings, player.group
    market = str(group.id_in_subsession)
    return Decision(
        session_code=player.session.code,
        round_number=player.round_number,
        practice=int(settings.is_practice(player.round_number)),
        market=market,
        matching_group="1" if settings.matching == RANDOM else matching_group(player, settings),
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


def robots(subject: Decision, group: Any) -> Iterator[Decision]:
    """The robots of a practice round alone, by seat; what the market has not come to yet is empty."""
    practice = practice_of(experiment_of(group.session), group)
    if practice is None:
        return
    second = practice.second_made(bool(group.shut_down)) if group.drawn else (None,) * len(practice.second)
    outcome = outcome_of(group) if group.cleared else None
    for seat, (first, made) in enumerate(zip(practice.first, second, strict=True), start=SUBJECT):
        cells: dict[str, Any] = {
            "participant_code": robot_code(seat + 1),
            "type": practice.draws.types[seat],
            "active": practice.draws.active[seat] if group.drawn else None,
            **_robot_offer(1, first),
            **_robot_offer(2, made),
            **(vars(outcome.seats[seat]) if outcome else {}),
        }
        yield replace(subject, **cells)


def _robot_offer(stage: int, offer: Offer | None) -> dict[str, Any]:
    """The cells of a robot's offer; it takes no time."""
    amounts = {"q": offer.q, "r": offer.r, "source": ROBOT} if offer else {"q": None, "r": None, "source": None}
    return {f"stage{stage}_{what}": value for what, value in {**amounts, "seconds": None}.items()}
