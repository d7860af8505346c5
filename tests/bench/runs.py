"""Runs on a system with a played rendering: started, and seen through to `issued`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nats.aio.msg import Msg

from contracts.catalogue import TYPE_OF
from contracts.certificates import Issued, SelectedCertificate, StartGeneration
from contracts.envelope import new_id
from tests.bench.awards import SCHOOL_ID
from tests.bench.system import System

NOTES = "Brave from the first day!"
PATIENCE_S = 300.0


def run_of(progression_ids: Sequence[str], *, level_changes: bool = False) -> StartGeneration:
    """One press of the button for all of them, with their level changes or without."""
    return StartGeneration(
        run_id=new_id(),
        requested_by="Office",
        certificates=tuple(SelectedCertificate(progression_id=one, notes=NOTES) for one in progression_ids),
        level_changes=tuple(progression_ids) if level_changes else (),
    )


class IssuedCount:
    """How many `issued` events the school's system has heard since it began to listen."""

    def __init__(self) -> None:
        self.heard = 0
        self._more = asyncio.Event()

    async def listen(self, system: System) -> None:
        await system.client.subscribe(TYPE_OF[Issued].subject(SCHOOL_ID), cb=self._hear)
        await system.client.flush()

    async def until(self, count: int) -> None:
        """TimeoutError when they do not come."""
        async with asyncio.timeout(PATIENCE_S):
            while self.heard < count:
                self._more.clear()
                await self._more.wait()

    async def _hear(self, _: Msg) -> None:
        self.heard += 1
        self._more.set()
