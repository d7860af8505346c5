"""So many in a while for each client: counted in memory, by each process for itself, and kept nowhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request

MOST_CLIENTS = 100_000
"""Remembered at once; a flood from more than these starts the count anew."""


class Limit:
    def __init__(self, most: int, within: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` tells seconds."""
        self._most = most
        self._within_s = within.total_seconds()
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._until = 0.0

    def wait_s(self, client: str) -> int:
        """0: it is counted, and may go on. Else the seconds until it may."""
        now = self._clock()
        if now >= self._until or len(self._counts) > MOST_CLIENTS:
            self._counts.clear()
            self._until = now + self._within_s
        if self._counts[client] >= self._most:
            return max(1, round(self._until - now))
        self._counts[client] += 1
        return 0


def client_of(request: Request) -> str:
    """Who asks, as far as an address tells: of IPv6 the network, since a household has any number of those."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else host
