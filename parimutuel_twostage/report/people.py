"""Where every participant is and since when, and the participants who are late on a page whose time
is up, dropped out, or gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from experiment.absence import is_dropout, misses
from experiment.leaving import reason_to_leave
from experiment.pauses import paused_since
from experiment.session import Experiment
from parimutuel_twostage.report.reading import Reading, kept_with
from parimutuel_twostage.report.words import duration, page_words
from parimutuel_twostage.rows import SubjectRow
from parimutuel_twostage.stage_fields import FIRST_OFFER, MARKET, RESULT, SECOND_OFFER, market_stage

STAGE_OF_PAGE = {
    "Market": MARKET,
    "FirstOffer": FIRST_OFFER,
    "NoSecondOffer": SECOND_OFFER,
    "Beliefs": SECOND_OFFER,
    "SecondOffer": SECOND_OFFER,
    "Result": RESULT,
}
LEFT_WORDS = {
    "declined": "did not agree",
    "quiz_failed": "failed the quiz",
    "no_match": "found no market",
    "left_lobby": "left the waiting room",
    "timed_out": "timed out",
}
NOT_HERE = "not here yet"


@dataclass(frozen=True)
class Person:
    """A participant: ``number`` in the session, ``label`` safe in HTML, ``place`` as words and
    ``steps`` towards the end of the session.

    ``seconds_here`` count from the opening of the page, ``late`` from the end of its time; None if
    that has not come or there is none.
    """

    number: int
    label: str
    place: str
    steps: int
    seconds_here: float | None
    late: float | None
    misses: int
    dropout: bool
    left: str


def people(reading: Reading, now: float) -> list[Person]:
    """All participants, by number."""
    in_market = {one._round_number for one in reading.participants if one._current_app_name == __package__.split(".")[0]}
    seats = {
        (player.participant_id, subsession.round_number): player
        for subsession, _ in reading.rounds
        if subsession.round_number in in_market
        for player in reading.players_in(subsession.round_number)
    }
    stopped = paused_since(reading.participants[0].session)
    moment = now if stopped is None else stopped
    return [_person(reading.experiment, one, seats.get((one.id, one._round_number)), now, moment) for one in reading.participants]


def counts_by_page(everybody: Sequence[Person]) -> list[dict[str, Any]]:
    """How many participants are at each place, in the order of the session's pages."""
    counted = Counter(person.place for person in everybody)
    first = {person.place: person.steps for person in sorted(everybody, key=lambda person: -person.steps)}
    return [{"place": place, "count": counted[place]} for place in sorted(counted, key=lambda place: first[place])]


def out_of_step(everybody: Sequence[Person]) -> list[dict[str, Any]]:
    """The participants who are late, have missed deadlines, dropped out or left, the latest first."""
    noticed = [person for person in everybody if person.late is not None or person.misses or person.left]
    noticed.sort(key=lambda person: (bool(person.left), -(person.late or 0.0), person.number))
    return [
        {
            "number": person.number,
            "label": person.label,
            "place": person.place,
            "here": "" if person.seconds_here is None else duration(person.seconds_here),
            "late": "" if person.late is None else duration(person.late),
            "misses": person.misses,
            "status": person.left or ("dropout" if person.dropout else ""),
        }
        for person in noticed
    ]


def _person(experiment: Experiment, participant: Any, player: SubjectRow | None, now: float, moment: float) -> Person:
    kept = kept_with(participant)
    left = reason_to_leave(kept)
    opened = participant._last_page_timestamp
    return Person(
        number=participant.id_in_session,
        label=escape(participant.label or ""),
        place=_place(experiment, participant, player),
        steps=participant._index_in_pages or 0,
        seconds_here=now - opened if participant.visited and opened else None,
        late=None if left is not None else _late(participant, player, moment),
        misses=misses(kept),
        dropout=is_dropout(kept, experiment.settings.absence.misses_allowed),
        left="" if left is None else LEFT_WORDS.get(left, left),
    )


def _place(experiment: Experiment, participant: Any, player: SubjectRow | None) -> str:
    if not participant.visited:
        return NOT_HERE
    page = page_words(participant._current_page_name or "")
    if player is None:
        return escape(page)
    settings, number = experiment.settings, player.round_number
    kind = "Practice round" if settings.is_practice(number) else "Round"
    return f"{kind} {settings.round_in_kind(number)}: {escape(page)}"


def _late(participant: Any, player: SubjectRow | None, moment: float) -> float | None:
    """Seconds since the end of the time of the participant's current page."""
    stage = STAGE_OF_PAGE.get(participant._current_page_name or "")
    if player is None or stage is None:
        return None
    deadline = market_stage(player.group, stage).deadline
    return moment - deadline if deadline is not None and moment > deadline else None
