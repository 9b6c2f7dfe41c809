"""The rows of the data export, from the rows of the database: only for rounds that began, and for
the requested sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from experiment.beliefs import kept_belief
from experiment.earnings import earned_of
from experiment.events import EVENT_COLUMNS, event_cells, read_events
from experiment.export import BELIEF_COLUMNS, DECISION_COLUMNS, PAYMENT_COLUMNS, SESSION_COLUMNS, Decision, payment_row, session_row
from experiment.market_options import RANDOM
from experiment.offers import ROBOT
from experiment.pay_sheet import SHEET_COLUMNS, PayLine, bonus_rows, sheet_rows, total_rows
from experiment.practice import SUBJECT, robot_code
from experiment.session import currency_of, experiment_of, is_stored, locale_of, payment_of
from parimutuel_twostage.fields import settings_of
from parimutuel_twostage.rows import MarketRow, ParticipantRow, SessionRow, SubjectRow, maybe
from parimutuel_twostage.seats import matching_group, outcome_of, practice_of
from parimutuel_twostage.stage_fields import FIRST_OFFER, SECOND_OFFER, market_stage, offer_stage


def decision_rows(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """``decisions.csv``: a header, then one row per participant and round, each subject's row
    followed by those of the robots in their market.
    """
    yield list(DECISION_COLUMNS)
    for player in sorted(players, key=lambda p: (p.session_id, p.round_number, p.group.id_in_subsession, p.id_in_group)):
        if market_stage(player.group, FIRST_OFFER).opened is not None:
            own = decision(player)
            yield own.row()
            for robot in robots(own, player.group):
                yield robot.row()


def session_rows(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """``sessions.csv``: a header, then one line per session."""
    yield list(SESSION_COLUMNS)
    for session in {player.session_id: player.session for player in players if is_stored(player.session)}.values():
        experiment = experiment_of(session)
        config, environment = plain_config(session.config), experiment.settings.environment
        texts = experiment.texts.record if experiment.texts else None
        yield session_row(session.code, environment, config, experiment.seed, locale_of(session), texts)


def plain_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The session config with money as a number; oTree's own money is written with the currency's sign."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in config.items()}


def payment_rows(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """``payments.csv``: a header, then one row per participant."""
    yield list(PAYMENT_COLUMNS)
    participants = {player.participant_id: (player.session, player.participant) for player in players if is_stored(player.session)}
    for session, participant in participants.values():
        paid = payment_of(experiment_of(session), participant)
        yield payment_row(session.code, participant.code, paid, currency_of(session))


def pay_lines(participants: Iterable[ParticipantRow]) -> list[PayLine]:
    """What participants of one session are paid, by number; the only rows that contain a
    recruiter's labels.
    """
    return [
        PayLine(
            number=person.id_in_session,
            label=person.label or "",
            participant_code=person.code,
            came=bool(person.visited),
            over=earned_of(person) is not None,
            paid=payment_of(experiment_of(person.session), person),
        )
        for person in sorted(participants, key=lambda one: one.id_in_session)
    ]


def pay_sheet_rows(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """The sheet for the laboratory: a header, then one row per participant."""
    yield list(SHEET_COLUMNS)
    for session, lines in _lines_by_session(players):
        yield from sheet_rows(session.code, lines, currency_of(session))


def bonus_file_rows(players: list[SubjectRow], with_fee: bool) -> Iterator[list[Any]]:
    """A recruiter's file, without a header: label, and what is paid beyond the show-up fee, or with
    ``with_fee`` the whole payment.
    """
    for _, lines in _lines_by_session(players):
        yield from total_rows(lines) if with_fee else bonus_rows(lines)


def belief_rows(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """``beliefs.csv``: a header, then a row per state for every belief that was asked for; empty if
    there was no answer.
    """
    yield list(BELIEF_COLUMNS)
    for player in sorted(players, key=lambda p: (p.session_id, p.round_number, p.group.id_in_subsession, p.id_in_group)):
        if maybe(player, "belief_source") is None:
            continue
        stated = kept_belief(maybe(player, "belief")) or {}
        seconds = maybe(player, "belief_seconds")
        for state in experiment_of(player.session).settings.environment.states:
            row = player.session.code, player.round_number, player.participant.code, state, stated.get(state), seconds
            yield ["" if value is None else value for value in row]


def event_rows(players: list[SubjectRow]) -> Iterator[list[Any]]:
    """``events.csv``: a header, then one row per use of an offer page, in the order of time at each page."""
    yield list(EVENT_COLUMNS)
    for player in sorted(players, key=lambda p: (p.session_id, p.round_number, p.participant_id)):
        for number, stage in enumerate((FIRST_OFFER, SECOND_OFFER), start=1):
            for event in read_events(offer_stage(player, stage).events):
                yield [player.session.code, player.round_number, player.participant.code, number, *event_cells(event)]


def decision(player: SubjectRow) -> Decision:
    """One participant in one round; what has not happened yet is empty."""
    group = player.group
    settings = settings_of(group)
    market = str(group.id_in_subsession)
    return Decision(
        session_code=player.session.code,
        round_number=player.round_number,
        practice=int(settings.is_practice(player.round_number)),
        market=market,
        matching_group="1" if settings.schedule.matching == RANDOM else matching_group(player, settings),
        participant_code=player.participant.code,
        treatment=settings.treatment,
        environment=settings.environment.name,
        agents=settings.market_size,
        actives=settings.active,
        type=player.type,
        state=group.state,
        active=maybe(player, "active"),
        stage1_q=maybe(player, "stage1_q"),
        stage1_r=maybe(player, "stage1_r"),
        stage1_source=maybe(player, "stage1_source"),
        stage1_seconds=maybe(player, "stage1_seconds"),
        stage2_q=maybe(player, "stage2_q"),
        stage2_r=maybe(player, "stage2_r"),
        stage2_source=maybe(player, "stage2_source"),
        stage2_seconds=maybe(player, "stage2_seconds"),
        price=maybe(player, "price"),
        final_q=maybe(player, "final_q"),
        final_r=maybe(player, "final_r"),
        points=maybe(player, "points"),
    )


def robots(subject: Decision, group: MarketRow) -> Iterator[Decision]:
    """The robots of a practice round alone, by seat; what has not happened yet is empty."""
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
            "stage1_q": first.q,
            "stage1_r": first.r,
            "stage1_source": ROBOT,
            "stage1_seconds": None,
            "stage2_q": made.q if made else None,
            "stage2_r": made.r if made else None,
            "stage2_source": ROBOT if made else None,
            "stage2_seconds": None,
            **(vars(outcome.seats[seat]) if outcome else {}),
        }
        yield replace(subject, **cells)


def _lines_by_session(players: list[SubjectRow]) -> Iterator[tuple[SessionRow, list[PayLine]]]:
    sessions = {player.session_id: player.session for player in players if is_stored(player.session)}
    for number, session in sorted(sessions.items()):
        participants = {player.participant_id: player.participant for player in players if player.session_id == number}
        yield session, pay_lines(participants.values())
