"""How often an address may do something: so many times at once, and then as often as time goes by."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

ADDRESSES = 20_000
"""Remembered at once; beyond that the one that has been quiet the longest is forgotten."""


class Allowance:
    """In this process's memory: several portals side by side allow as many times more."""

    def __init__(self, *, at_once: int, every_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s = every_s
        self._ahead_s = at_once * every_s
        self._clock = clock
        self._used_up_to: OrderedDict[str, float] = OrderedDict()
        """By address, in the order of their last turns: until when it has used what time gives."""

    def take(self, address: str) -> float:
        """0 where it is allowed, and then it counts; otherwise the seconds until it is."""
        now = self._clock()
        used = max(self._used_up_to.get(address, now), now) + self._every_s
        if used > now + self._ahead_s:
            return used - now - self._ahead_s
        self._used_up_to[address] = used
        self._used_up_to.move_to_end(address)
        if len(self._used_up_to) > ADDRESSES:
            self._used_up_to.popitem(last=False)
        return 0.0


def address_of(scope: Scope) -> str:
    """Whose request it is. An IPv6 network of 64 bits counts as one: each device in it has as many as it likes."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(address.packed[:8]) if isinstance(address, IPv6Address) else host
