"""Which connections a server keeps, and which it ends when there are too many.

A person's browser sends the whole of a request within moments, and stays. So two kinds are limited
tightly: connections that have not sent the whole of a request yet, and the websockets of one
person. The oldest of them is ended, so that newcomers always get in. The number of connections that
an address may keep altogether is generous, since a whole laboratory or a proxy has one address. If
all addresses together keep too many, the address with the most connections loses one to a newcomer
from an address that keeps fewer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, Protocol, TypeVar

VARIABLE = "EXPERIMENT_CONNECTIONS"
"""The environment variable with the number of connections that one address may keep."""
PER_ADDRESS = 2500
HALF_OPEN_PER_ADDRESS = 500
HALF_OPEN = 1000
RESERVED_FILES = 128
"""Open files that are not connections: the database, the log, templates, the listening socket."""
EXAMINED = 20
"""How many connections are examined to find one that may be ended."""


class Connection(Protocol):
    """What a connection of either protocol offers."""

    @property
    def address(self) -> str: ...

    def has_unread(self) -> bool:
        """Whether something has arrived that the server has not read yet."""

    def hang_up(self) -> None:
        """End it now, without waiting for the other side."""


@dataclass(frozen=True)
class Limits:
    """The most connections of one address and in all, and the most of these that have not sent the
    whole of a request yet.
    """

    per_address: int = PER_ADDRESS
    total: int = 2 * PER_ADDRESS
    half_open_per_address: int = HALF_OPEN_PER_ADDRESS
    half_open: int = HALF_OPEN


def limits(environment: Mapping[str, str], files: int | None) -> Limits:
    """The limits of a server that may have this many files open (None if unknown).

    :raises ValueError: with a sentence, if the variable is not a number of connections.
    """
    text = environment.get(VARIABLE, "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 8 and int(text)):
        raise ValueError(f"{VARIABLE} is {text!r:.40}: set it to a whole number of connections, 1 or more, such as {PER_ADDRESS}.")
    wanted = int(text) if text else PER_ADDRESS
    possible = 2 * wanted if files is None else max(1, files - min(RESERVED_FILES, 2 * files // 3))
    total = min(2 * wanted, possible)
    half_open = max(1, min(HALF_OPEN, total // 2))
    return Limits(min(wanted, total), total, max(1, min(HALF_OPEN_PER_ADDRESS, half_open)), half_open)


@dataclass
class Connections:
    """All connections of a server. ``report`` is called with the reason when one is ended or
    refused.
    """

    limits: Limits
    report: Callable[[str], None] = lambda reason: None
    _open: dict[Connection, None] = field(default_factory=dict)
    _by_address: Counter[str] = field(default_factory=Counter)
    _half_open: dict[Connection, None] = field(default_factory=dict)
    _half_open_by_address: dict[str, dict[Connection, None]] = field(default_factory=dict)
    _idle: dict[Connection, None] = field(default_factory=dict)
    _expendable: dict[Connection, None] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, connection: Connection) -> bool:
        """Note a new connection, which has sent nothing yet; False if it must be refused."""
        address, room = connection.address, True
        if self._by_address[address] >= self.limits.per_address:
            groups = (self._half_open_by_address.get(address, {}), self._idle, self._expendable)
            room = any(self._give_up_one(other for other in group if other.address == address) for group in groups)
        if room and len(self._open) >= self.limits.total:
            room = any(self._give_up_one(group) for group in (self._half_open, self._idle, self._expendable))
            room = room or self._take_from_most(address)
        if not room:
            self.report("an address has too many connections" if len(self._open) < self.limits.total else "there are too many connections")
            return False
        self._open[connection] = None
        self._by_address[address] += 1
        self.begins(connection)
        return True

    def begins(self, connection: Connection) -> None:
        """A request is awaited on it, of which at most a part has arrived."""
        if connection not in self._open or connection in self._half_open:
            return
        self._idle.pop(connection, None)
        own = self._half_open_by_address.setdefault(connection.address, {})
        if len(own) >= self.limits.half_open_per_address:
            self._give_up_one(own)
        elif len(self._half_open) >= self.limits.half_open:
            most = max(self._half_open_by_address.values(), key=len)
            self._give_up_one(most)
        self._half_open[connection] = None
        self._half_open_by_address.setdefault(connection.address, {})[connection] = None

    def heard(self, connection: Connection) -> None:
        """The whole request has arrived."""
        self._idle.pop(connection, None)
        self._half_open.pop(connection, None)
        own = self._half_open_by_address.get(connection.address)
        if own is not None:
            own.pop(connection, None)
            if not own:
                del self._half_open_by_address[connection.address]

    def rests(self, connection: Connection) -> None:
        """It was answered and stays open for another request."""
        if connection in self._open:
            self.heard(connection)
            self._idle[connection] = None

    def can_be_spared(self, connection: Connection) -> None:
        """It may be ended to make room for newcomers, because anybody could have opened it."""
        if connection in self._open:
            self._expendable[connection] = None

    def replaced(self, connection: Connection, by: Connection) -> None:
        """The same line continues as a connection of another protocol."""
        if connection in self._open:
            self.closed(connection)
            self._open[by] = None
            self._by_address[by.address] += 1

    def closed(self, connection: Connection) -> None:
        """It has ended; this may be called more than once."""
        self.heard(connection)
        self._expendable.pop(connection, None)
        if connection in self._open:
            del self._open[connection]
            self._by_address[connection.address] -= 1
            if not self._by_address[connection.address]:
                del self._by_address[connection.address]

    def _give_up_one(self, among: Iterable[Connection]) -> bool:
        """End the oldest silent one of these.

        A connection with unread data is not silent: the server does not know yet what it sent, as
        when hundreds arrive while the server is busy.
        """
        silent = next((connection for connection in islice(among, EXAMINED) if not connection.has_unread()), None)
        if silent is None:
            return False
        self._end(silent)
        return True

    def _take_from_most(self, address: str) -> bool:
        """End the oldest connection of the address that keeps the most, if it then still keeps no
        fewer than this one.
        """
        most, number = self._by_address.most_common(1)[0]
        if number <= self._by_address[address] + 1:
            return False
        self._end(next(connection for connection in self._open if connection.address == most))
        return True

    def _end(self, connection: Connection) -> None:
        self.report("there were too many, and these were the oldest that could be spared")
        self.closed(connection)
        connection.hang_up()


Member = TypeVar("Member")


@dataclass
class Newest(Generic[Member]):
    """The newest members of each group, and of all groups together; the oldest is removed when
    there are too many.
    """

    per_group: int
    total: int | None = None
    _members: dict[tuple[Hashable, Member], None] = field(default_factory=dict)
    _groups: dict[Hashable, dict[Member, None]] = field(default_factory=dict)

    def add(self, group: Hashable, member: Member) -> Member | None:
        """Add a member; return the one that it displaces, None if none."""
        own = self._groups.setdefault(group, {})
        own[member] = None
        self._members[group, member] = None
        if len(own) > self.per_group:
            oldest_group, oldest = group, next(iter(own))
        elif self.total is not None and len(self._members) > self.total:
            oldest_group, oldest = next(iter(self._members))
        else:
            return None
        self.discard(oldest_group, oldest)
        return oldest

    def discard(self, group: Hashable, member: Member) -> None:
        self._members.pop((group, member), None)
        own = self._groups.get(group)
        if own is not None:
            own.pop(member, None)
            if not own:
                del self._groups[group]


@dataclass
class Allowance:
    """How many messages may arrive: ``at_once`` together, and ``each_second`` in every later
    second. Times are seconds of any one clock.
    """

    at_once: float
    each_second: float
    _left: float = field(init=False)
    _at: float | None = None

    def __post_init__(self) -> None:
        self._left = self.at_once

    def takes(self, now: float) -> bool:
        """Whether one more message may arrive now."""
        passed = 0.0 if self._at is None else now - self._at
        self._left, self._at = min(self.at_once, self._left + passed * self.each_second), now
        if self._left < 1:
            return False
        self._left -= 1
        return True
