"""What stands on the paper of a certificate, and how little of it may be said: progression knows."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from contracts.catalogue import PRINTS
from contracts.papers import AskPrints, CertificatePrint
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.portal.domain import Version

PATIENCE_S = 0.7
"""A page that only wants to name things waits no longer."""
MOST_KNOWN = 10_000


class Names(NamedTuple):
    """What a share link would show instead of the whole name."""

    first_name: str
    pupil: str


class Prints:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._names: dict[tuple[str, str, int], Names] = {}

    async def of(self, version: Version) -> tuple[CertificatePrint, Names]:
        """QueryRefused where the version does not stand; NobodyAnswered where progression is away."""
        asked = AskPrints(certificate_ids=(version.certificate_id,))
        answer = await self._bus.ask(PRINTS, version.school_id, asked)
        for printed in answer.prints:
            if printed.version == version.version and printed.first_name and answer.pupil:
                return printed, Names(printed.first_name, answer.pupil)
        raise QueryRefused("not_found", "This version does not stand now.")

    async def names(self, version: Version) -> Names | None:
        """None where nobody says it at once."""
        key = (version.school_id, version.certificate_id, version.version)
        if key not in self._names:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    _, names = await self.of(version)
            except (TimeoutError, QueryRefused, NobodyAnswered):
                return None
            if len(self._names) >= MOST_KNOWN:
                self._names.clear()
            self._names[key] = names
        return self._names[key]
