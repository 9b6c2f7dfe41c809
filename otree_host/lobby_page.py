"""The lobby's page, which asks by itself whether a market has formed, and reports whether its
reader is present.

oTree can group by arrival, but it checks only when somebody arrives or reloads, every 10 to 70 s,
and counts participants as present if their page has a websocket, or had one before the server was
killed. Here the page asks every few seconds. It also asks while the subject is away, so that nobody
is kept longer than the lobby lasts.
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

from experiment.shown.own_seat import own_seat

LEAVE, CHECK, AWAY = "leave", "check", "away"
"""What the page posts to leave, sends when it checks, and reports when its reader is away."""
NOBODY_YET = 0
"""The number of the group of subjects who are in no market: oTree puts them into one group, and
numbers the markets that follow it.
"""
WORKER = "Python-urllib"
"""The name that oTree's timeout worker sends; it opens pages for absent participants."""


class LobbyPage(WaitPage):
    """A page on which subjects wait until a market forms.

    Subclasses define ``arrives(player, there, now)``, ``wants_to_leave(player, now)``,
    ``waited_in_vain(player, now)``, ``has_left(player)`` and ``waiting(player, waiting_players,
    now)``, which returns the numbers that the page gets when it checks.
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
        """What the page shows: how many subjects are present, and whether the subject may leave."""
        numbers: dict[str, Any] = self.call_user_defined("waiting", self._waiting_players(), time())
        return numbers

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | self.numbers() | {"own_seat": own_seat(self.session, self.participant)}

    def _get_wait_page(self) -> Any:
        """The page, or the numbers alone; or the way out, if no market has formed in time."""
        self.call_user_defined("waited_in_vain", time())
        if self.call_user_defined("has_left"):
            return self._response_when_ready()
        if self._is_asked_by_its_reader() and CHECK in self.request.query_params:
            return JSONResponse(self.numbers(), headers={wait_page_http_header: get_param_truth_value})
        return super()._get_wait_page()

    def _increment_index_in_pages(self) -> None:
        """Send a subject who has left to the next app in one step."""
        sequence = self.session.config["app_sequence"]
        later = sequence[sequence.index(self.participant._current_app_name) + 1 :]
        if later and self.call_user_defined("has_left"):
            self.participant._index_in_pages = get_min_idx_for_app(self.participant._session_code, later[0])
        else:
            super()._increment_index_in_pages()

    def _is_asked_by_its_reader(self) -> bool:
        """Whether the page is requested by a browser, and not by oTree on somebody's behalf."""
        request = getattr(self, "request", None)
        return request is not None and not request.headers.get("user-agent", "").startswith(WORKER)

    def _trusts_no_socket(self) -> None:
        """Take presence from the pages' own reports (``lobby_seen``), at addresses that only their
        readers know.

        oTree would leave out a subject whose websocket is closed or reports a hidden tab; but
        anybody can open one in anybody's name.
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
    """The next of the numbers 1, 2, ... that markets get in the order in which they form; a market
    has one number in all rounds.
    """
    return max((group.id_in_subsession for group in dbq(self._GroupClass()).filter_by(subsession=self)), default=NOBODY_YET) + 1


def of_an_app(clean_kwargs: Any) -> Any:
    """Refuse a lobby's websocket that names anything but an app: oTree would import any module of
    that name.
    """

    @wraps(clean_kwargs)
    def cleaned(self: Any) -> Any:
        kwargs = clean_kwargs(self)
        if kwargs["app_name"] not in settings.OTREE_APPS:
            raise ValueError(f"there is no app {kwargs['app_name']!r:.40}")
        return kwargs

    return cleaned
