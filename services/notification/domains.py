"""How many mails are on their way to one domain at once."""

from __future__ import annotations

from collections import Counter


class Domains:
    """Of this process: another one has a bound of its own. Domains are hashes; None is not known yet, and unbounded."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._under_way: Counter[bytes] = Counter()

    def full(self) -> frozenset[bytes]:
        """Those that are to get no further mail now."""
        return frozenset(domain for domain, mails in self._under_way.items() if mails >= self._bound)

    def begin(self, domain: bytes | None) -> None:
        """One mail more is under way."""
        if domain is not None:
            self._under_way[domain] += 1

    def end(self, domain: bytes | None) -> None:
        """One that was begun is under way no longer."""
        if domain is not None:
            self._under_way[domain] -= 1
            if not self._under_way[domain]:
                del self._under_way[domain]
