"""How often a password may be tried: a few times a minute from each source, which is an address, or
a browser that was logged in before.

There is no limit for all sources together, because anybody could then lock out the administrator by
failing all the time.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

UNKNOWN = "an unknown address"
_WITH_PORT = re.compile(r"([0-9.]+):[0-9]+|\[([0-9a-f:.]+)\](?::[0-9]+)?", re.IGNORECASE | re.ASCII)


@dataclass
class FailedAttempts:
    """The moments at which each source failed. Times are seconds of any clock that never goes back.

    A source that has failed ``most`` times within ``period`` seconds must wait until that is no
    longer true. Only the ``sources`` that failed last are remembered, which bounds the memory.
    """

    most: int = 10
    period: float = 60.0
    sources: int = 4096
    _times: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def note(self, source: str, now: float) -> None:
        """The source has failed."""
        times = self._times.pop(source, None) or deque(maxlen=self.most)
        times.append(now)
        self._times[source] = times
        while len(self._times) > self.sources:
            self._times.popitem(last=False)

    def seconds_to_wait(self, source: str, now: float) -> float:
        """How many seconds the source must wait before it may try again; 0 if it may try now."""
        times = self._times.get(source)
        return max(0.0, times[0] + self.period - now) if times and len(times) == self.most else 0.0


@dataclass
class Delays:
    """The delay before a wrong password is answered. At most ``most`` answers are delayed at a
    time; further ones are sent at once.
    """

    seconds: float = 1.0
    most: int = 100
    running: int = 0

    async def hold_back(self) -> None:
        if self.running >= self.most:
            return
        self.running += 1
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.running -= 1


def readable_address(client: object) -> str:
    """The address of a client for a log: the host of ``(host, port)`` in one notation, or words if
    there is none.

    A proxy may send anything in place of an address, with a port or without; anything but an
    address is not repeated.
    """
    address = _address(client)
    return UNKNOWN if address is None else str(address)


def source_of(client: object) -> str:
    """What counts as one source: an IPv4 address, or a 64-bit IPv6 network, since one customer has
    all its addresses.
    """
    address = _address(client)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return UNKNOWN if address is None else str(address)


def same_secret(given: str | None, wanted: str | None) -> bool:
    """Whether two texts are equal, in a time that does not reveal how much of them is equal."""
    if given is None or wanted is None:
        return False
    return compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass"))


def _address(client: object) -> IPv4Address | IPv6Address | None:
    host = str(client[0]) if isinstance(client, list | tuple) and len(client) > 0 else ""
    found = _WITH_PORT.fullmatch(host)
    try:
        address = ip_address((found[1] or found[2]) if found else host.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
