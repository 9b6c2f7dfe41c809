"""Who may listen on a websocket: pages of this server, for a participant, a room, a session, or the
experimenter.

oTree opens a websocket for anybody, from any page, and keeps it. Here a websocket from a page of
another server is refused before oTree sees it, one that names nobody is among the first to be
ended, and of each person only the newest are kept.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import wraps
from typing import Any

from otree.channels.consumers import WSBrowserBot, WSChat
from otree.common import AUTH_COOKIE_NAME, AUTH_COOKIE_VALUE, GlobalState
from otree.models import Participant, Session
from otree.room import ROOM_DICT

from experiment.network.connections import Newest
from experiment.network.origins import is_from_own_page, public_origins
from otree_host.websocket_protocol import EXTENSION, LARGEST_FROM_ADMIN

OF_A_PERSON = 8
"""The most websockets of one participant from one address: a page has one or two."""
OF_STRANGERS, OF_ALL_STRANGERS = 20, 200
"""The most websockets that name nobody, from one address and in all."""
POLICY = 1008
_log = logging.getLogger(__name__)
_people: Newest[Any] = Newest(OF_A_PERSON)
_strangers: Newest[Any] = Newest(OF_STRANGERS, OF_ALL_STRANGERS)


async def talk(listen: Callable[..., Any], scope: Any, receive: Any, send: Any) -> None:
    """Refuse a websocket of another server's page; hang up on one whose parameters or messages
    oTree cannot read, with a line in the log.

    oTree checks none of them, so any exception may be raised; and no code of this project runs on a
    websocket.
    """
    if not _is_from_own_page(scope):
        _log.warning("a websocket at %.200r, opened by a page of another server, was refused", scope["path"])
        await send({"type": "websocket.close", "code": POLICY})
        return
    try:
        await listen(scope, receive, send)
    except Exception as error:
        _log.warning("a websocket at %.200r was ended: %.200r", scope["path"], error)
        with suppress(Exception):  # it may already be closed
            await send({"type": "websocket.close", "code": POLICY})


def _is_from_own_page(scope: Any) -> bool:
    def all_of(name: bytes) -> list[str]:
        return [value.decode("latin-1") for key, value in scope["headers"] if key == name]

    hosts, connection = all_of(b"host"), _connection(scope)
    if connection is not None and connection.is_behind_trusted_proxy:
        hosts += [host for value in all_of(b"x-forwarded-host") for host in value.split(",")]
    return is_from_own_page(all_of(b"origin"), hosts, scope.get("scheme", "ws"), PUBLIC)


def _connection(scope: Any) -> Any:
    """The connection of a websocket, if our web server serves it."""
    return scope.get("extensions", {}).get(EXTENSION)


def known_first(on_connect: Any) -> Any:
    """Determine who listens before oTree sends them anything; the experimenter may send longer
    messages.
    """

    @wraps(on_connect)
    async def connected(self: Any, websocket: Any) -> None:
        connection = _connection(self.scope)
        if connection is not None:
            post_connect, experimenter = self.post_connect, _is_experimenter(self, websocket)
            if experimenter:
                connection.max_size = LARGEST_FROM_ADMIN

            async def seated(**kwargs: Any) -> None:
                if not experimenter:
                    _seat(connection, self, kwargs)
                await post_connect(**kwargs)

            self.post_connect = seated
        await on_connect(self, websocket)

    return connected


def _is_experimenter(channel: Any, websocket: Any) -> bool:
    """Whether this is a channel of the admin pages and may answer: to a logged-in browser, or to
    anybody if the server requires no login.
    """
    from otree.urls import ALWAYS_UNRESTRICTED  # not above: it makes oTree's addresses for all apps, which are being imported

    if type(channel).__name__ in ALWAYS_UNRESTRICTED:
        return False
    return not channel._requires_login or websocket.session.get(AUTH_COOKIE_NAME) == AUTH_COOKIE_VALUE


def _seat(connection: Any, channel: Any, kwargs: Any) -> None:
    """Add a websocket to those of its participant, or to those of strangers; the oldest of these
    may be ended.
    """
    if connection.is_over:
        return
    address = str((channel.scope.get("client") or ("",))[0])
    person = _person(channel, kwargs)
    group, members = (address, _strangers) if person is None else ((address, person), _people)
    oldest = members.add(group, connection)
    connection.when_over.append(lambda: members.discard(group, connection))
    if oldest is not None:
        oldest.hang_up()
    if person is None or not {"participant_code", "session_code"} & set(kwargs):
        connection.can_be_spared()


def _person(channel: Any, kwargs: Any) -> Hashable | None:
    """Whom a websocket names; None if nobody. A participant's code and number count as two persons,
    because only the number can be guessed.
    """
    if "participant_code" in kwargs:
        return _found(Participant, code=kwargs["participant_code"])
    if isinstance(channel, WSChat):
        return ("chat", kwargs["participant_id"])
    if "participant_id" in kwargs:
        return _found(Participant, id=kwargs["participant_id"])
    if "room_name" in kwargs:
        tab = kwargs.get("tab_unique_id")
        return ("room", kwargs["room_name"], tab) if kwargs["room_name"] in ROOM_DICT else None
    if "session_code" in kwargs:
        return _found(Session, code=kwargs["session_code"])
    if isinstance(channel, WSBrowserBot) and GlobalState.browser_bots_launcher_session_code:
        return ("browser bot", id(channel))
    return None


def _found(kind: Any, **named: Any) -> Hashable | None:
    ((name, value),) = named.items()
    return (kind.__name__, name, value) if kind.objects_filter(**named).with_entities("id").first() else None


PUBLIC = public_origins(os.environ)
