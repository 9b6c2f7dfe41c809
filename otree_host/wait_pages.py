"""Wait pages between the stages, and messages to pages that are open.

oTree's own wait page lets a market go on when the last of its members requests it, and waits for
ever for a member who does not. A wait page here asks the market itself, which knows for whom it
waits and how long. A subject passes it as soon as the market has gone on; a subject who comes
later, or comes back, does not wait. The page asks again by itself every ten seconds, so that a lost
message delays nobody; the answer says how many others have answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from time import time
from typing import Any

import otree.channels.utils as channels
from otree.api import WaitPage
from otree.constants import get_param_truth_value, wait_page_http_header
from otree.lookup import get_page_lookup
from starlette.responses import JSONResponse

from experiment.language import say
from experiment.pauses import is_paused
from experiment.shown.own_seat import own_seat
from otree_host import row_queries
from otree_host.fewer_queries import Unflushed
from otree_host.lobby_page import CHECK

BACK = "back"
"""What the page posts when a dropout is back."""


class MarketWaitPage(Unflushed, WaitPage):
    """A wait page that is displayed until the market has gone on.

    Subclasses define ``is_displayed(player)``; ``reaches(player)``, which brings the market as far
    as it can go; ``comes_back(player)``; ``is_missed(player)``, whether the subject is one for
    whom nobody waits; and ``count(player)``, how many others have answered, as a sentence.
    """

    template_name = "parimutuel/Gate.html"

    def inner_dispatch(self, request: Any) -> Any:
        if request.method == "POST" and BACK in self._form_data:
            self.call_user_defined("comes_back")
        return super().inner_dispatch(request)

    def get(self) -> Any:
        waits = self.participant.is_on_wait_page
        if self._is_displayed():
            waits = True
            self.call_user_defined("reaches")
            if self.participant._index_in_pages != self._index_in_pages:
                return self._redirect_to_page_the_user_should_be_on()
            if self._is_displayed():
                return self._get_wait_page()
        if waits:
            self._mark_page_completions([self.participant])
            self.participant._last_page_timestamp = int(time())
        return self._response_when_ready()

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | self._told() | {"own_seat": own_seat(self.session, self.participant)}

    def _told(self) -> dict[str, Any]:
        """What may change while the subject waits; ``state`` says which of the page's texts are shown."""
        paused, dropped = is_paused(self.session), self.call_user_defined("is_missed")
        state = "paused" if paused else "dropped" if dropped else "waiting"
        return {"paused": paused, "dropped": dropped, "state": state, "count": self.call_user_defined("count")}

    def _get_wait_page(self) -> Any:
        """The page; or, when the page itself asks, only what may have changed."""
        request = getattr(self, "request", None)
        if request is None or CHECK not in request.query_params:
            return super()._get_wait_page()
        self.participant.is_on_wait_page = True
        told = self._told()
        return JSONResponse(
            {"state": told["state"], "count": told["count"]},
            headers={wait_page_http_header: get_param_truth_value, "Cache-Control": "no-store"},
        )

    def _get_default_body_text(self) -> str:
        return say("Waiting for the other participants.")

    def _tally_unvisited(self) -> tuple[bool, bool]:
        """What oTree calls for a skipped wait page; nothing happens to the market."""
        return False, False


def release(group: Any) -> None:
    """Let the subjects who wait for this market go on, and make their pages ask again.

    They are all moved to their next page here, at once, so the answer to a page that asks is only
    its address.
    """
    places = set()
    for player in row_queries.waiting(group):
        places.add(player.participant._index_in_pages)
        _move_on(player)
    for place in sorted(places):
        _send(channels.group_wait_page_name(group.session_id, place, group.id), {"status": "ready"})


def _move_on(player: Any) -> None:
    """Move a subject from a finished wait page of this round to the next page of the round; a
    subject on any other page stays there.

    So does a dropout, whose wait page asks whether they are back.
    """
    participant = player.participant
    code, place = participant._session_code, participant._index_in_pages
    here = get_page_lookup(code, place)
    if here.round_number != player.round_number or not issubclass(here.page_class, MarketWaitPage):
        return
    if here.page_class.is_displayed(player) or here.page_class.is_missed(player):
        return
    for ahead in range(place + 1, participant._max_page_index + 1):
        page = get_page_lookup(code, ahead)
        if (page.app_name, page.round_number) != (here.app_name, here.round_number):
            return
        if page.page_class.is_displayed(player):
            left = here.page_class.instantiate_without_request()
            left.player, left.participant, left.round_number, left._index_in_pages = player, participant, here.round_number, place
            left._mark_page_completions([participant])
            participant._index_in_pages, participant._last_page_timestamp = ahead, int(time())
            participant._current_page_name = page.page_class.__name__
            participant.is_on_wait_page, participant._monitor_note_json = False, "[]"
            return


def each_from_their_page(advance: Any) -> Any:
    """When the experimenter advances the slowest, leave alone a participant who was moved on by the
    advance of another.

    Otherwise their page, which they have not seen yet, would be closed without an answer.
    """

    @wraps(advance)
    def advanced(session: Any, participants: Iterable[Any]) -> None:
        for participant, place in [(participant, participant._index_in_pages) for participant in participants]:
            if participant._index_in_pages == place:
                advance(session, [participant])

    return advanced


def reload_pages(participants: Iterable[Any]) -> None:
    """Make every open page of these participants reload itself; what was typed stays."""
    for participant in participants:
        _send(channels.auto_advance_group(participant.code), {"auto_advanced": True})


def _send(group: str, data: dict[str, Any]) -> None:
    """Send a message to all listeners of a group; most groups have none."""
    if channels.channel_layer._subs.get(group):
        channels.sync_group_send(group=group, data=data)
