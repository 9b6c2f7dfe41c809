"""The lobby's page: it asks by itself whether a market has formed, and says whether its reader is there.

oTree groups by arrival, but looks again only when somebody arrives or reloads, every 10 to 70 s, and counts a participant as present
whose page has a websocket, or had one before the server was killed. Here the page asks every few seconds. It asks also while the subject
is away, so that nobody is kept longer than the lobby lasts.
"""

from __future__ import annotations

from functools import wraps
from time import time
from typing import Any

from otree import settings
from otree.api import WaitPage
from otree.constants import get_param_truth_value, wait_page_http_header
from otree.database import dbq
from otree.lookup import get_min_idx_for_app
from otree.models import Participant
from sqlalchemy.orm import contains_eager
from starlette.responses import JSONResponse

LEAVE, CHECK, AWAY = "leave", "check", "away"
"""What the page posts to leave, asks with when it checks, and reports when its reader is not there."""
NOBODY_YET = 0
"""The number of the group of subjects who are in no market: oTree keeps them in one, and numbers markets on from it."""
WORKER = "Python-urllib"
"""How oTree's timeout worker calls itself; it opens pages for participants who are not there."""


class LobbyPage(WaitPage):
    """A page on which subjects wait until a market forms.

    Subclasses define ``arrives(player, there, now)``, ``wants_to_leave(player, now)``, ``waited_in_vain(player, now)``,
    ``has_left(player)`` and ``waiting(player, waiting_players, now)``, the numbers that the page gets when it checks.
    """

    group_by_arrival_time = True

    def inner_dispatch(self, request: Any) -> Any:
        if request.method == "POST" and LEAVE in self._form_data:
            self.call_user_defined("wants_to_leave", time())
        return super().inner_dispatch(request)

    def get(self) -> Any:
        if self.call_user_defined("has_left"):
            return self._response_when_ready()
        if self._is_displayed() and self._is_asked_by_its_reader():
            self.call_user_defined("arrives", AWAY not in self.request.query_params, time())
            self._trusts_no_socket()
        return super().get()

    def numbers(self) -> dict[str, Any]:
        """What the page shows: how many are there and may the subject leave."""
        numbers: dict[str, Any] = self.call_user_defined("waiting", self._waiting_players(), time())
        return numbers

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | self.numbers()

    def _get_wait_page(self) -> Any:
        """The page, or the numbers alone; or the way out, where no market has formed in time."""
        self.call_user_defined("waited_in_vain", time())
        if self.call_user_defined("has_left"):
            return self._response_when_ready()
        if self._is_asked_by_its_reader() and CHECK in self.request.query_params:
            return JSONResponse(self.numbers(), headers={wait_page_http_header: get_param_truth_value})
        return super()._get_wait_page()

    def _increment_index_in_pages(self) -> None:
        """A subject who has left goes to the next app in one step."""
        sequence = self.session.config["app_sequence"]
        later = sequence[sequence.index(self.participant._current_app_name) + 1 :]
        if later and self.call_user_defined("has_left"):
            self.participant._index_in_pages = get_min_idx_for_app(self.participant._session_code, later[0])
        else:
            super()._increment_index_in_pages()

    def _is_asked_by_its_reader(self) -> bool:
        """Whether the page is asked for by a browser, and not by oTree on somebody's behalf."""
        request = getattr(self, "request", None)
        return request is not None and not request.headers.get("user-agent", "").startswith(WORKER)

    def _trusts_no_socket(self) -> None:
        """Presence is what the pages themselves report (``lobby_seen``), at addresses that only their readers know.

        oTree would leave out a subject whose websocket is closed or reports a hidden tab; but anybody may open one in anybody's name.
        """
        for player in self._waiting_players():
            player.participant._waitpage_is_connected = True
            player.participant._waitpage_tab_hidden = False

    def _waiting_players(self) -> list[Any]:
        return list(
            self.subsession.player_set.join(self.PlayerClass.participant)
            .options(contains_eager(self.PlayerClass.participant))
            .filter(
                self.PlayerClass.lobby_seen != None,  # noqa: E711
                Participant._index_in_pages == self._index_in_pages,
                Participant._gbat_grouped == False,  # noqa: E712
            )
        )


def nobody_is_placed(subsession: Any) -> None:
    """Mark oTree's one group of a round as the group of subjects who are in no market."""
    (group,) = subsession.get_groups()
    group.id_in_subsession = NOBODY_YET


def next_market_number(self: Any) -> int:
    """Markets are numbered 1, 2, ... in the order in which they form, alike in all rounds."""
    return max((group.id_in_subsession for group in dbq(self._GroupClass()).filter_by(subsession=self)), default=NOBODY_YET) + 1


def of_an_app(clean_kwargs: Any) -> Any:
    """The websocket of a lobby names its app, and oTree would import whatever module has that name."""

    @wraps(clean_kwargs)
    def cleaned(self: Any) -> Any:
        kwargs = clean_kwargs(self)
        if kwargs["app_name"] not in settings.OTREE_APPS:
            raise ValueError(f"there is no app {kwargs['app_name']!r:.40}")
        return kwargs

    return cleaned
