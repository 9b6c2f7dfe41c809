"""The answers to the questionnaire: which questions a subject is asked, and what is stored of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiment import questionnaire
from experiment.language import say
from experiment.pages import questionnaire as page
from experiment.session import experiment_of
from experiment.texts.items import Item


def fields(player: Any) -> list[str]:
    """The names of the form's fields."""
    return page.fields(_asked(player), _items(player))


def variables(player: Any, posted: Mapping[str, str], judged: bool) -> dict[str, Any]:
    """What the page shows; ``judged`` says that it is shown again with what was just ``posted``."""
    return page.questionnaire_variables(_asked(player), _items(player), posted, judged)


def take(player: Any, posted: Mapping[str, str]) -> str | None:
    """Store the answers; or say why the subject stays on the page, and store nothing."""
    asked, items = _asked(player), _items(player)
    if page.refusals(asked, items, posted):
        return say("Please check what you typed.")
    for question in asked:
        setattr(player, question, questionnaire.kept(question, posted.get(question)))
    if items:
        player.own_answers = json.dumps(page.own_answers(items, posted), ensure_ascii=False)
    return None


def note_asked(player: Any) -> None:
    """Note that the subject was asked, even if they were moved on without an answer."""
    for question in _asked(player):
        if player.field_maybe_none(question) is None:
            setattr(player, question, "")
    if _items(player) and player.field_maybe_none("own_answers") is None:
        player.own_answers = json.dumps({item.id: "" for item in _items(player)})


def rows(player: Any) -> Iterator[Sequence[Any]]:
    """The lines of the export for one participant: the built-in questions first, then the study's items."""
    asked, items = _asked(player), _items(player)
    stored: dict[str, str | None] = {question: player.field_maybe_none(question) for question in asked}
    stored |= json.loads(player.field_maybe_none("own_answers") or "{}")
    yield from questionnaire.rows(player.session.code, player.participant.code, [*asked, *(item.id for item in items)], stored)


def _asked(player: Any) -> Sequence[str]:
    return experiment_of(player.session).settings.questionnaire


def _items(player: Any) -> Sequence[Item]:
    texts = experiment_of(player.session).texts
    return texts.items if texts else ()
