"""What the front page shows of a school, looked at again and again as long as somebody has it open."""

from __future__ import annotations

import asyncio
from typing import Any

from contracts.base import Body
from contracts.catalogue import ATTENTION, MAIL_TROUBLES, RUNS, SUMMARY, QueryType
from contracts.queries import Everything
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.telemetry import get_logger

LOOK_EVERY_S = 3.0
SHOWN: tuple[QueryType[Everything, Any], ...] = (SUMMARY, ATTENTION, MAIL_TROUBLES, RUNS)


class SchoolWatch:
    """It tells that something has changed, not what: the page asks for itself."""

    def __init__(self, bus: Bus, school_id: str) -> None:
        self.ended = False
        self.viewers = 0
        self.changes = 0
        self._bus = bus
        self._school_id = school_id
        self._news = asyncio.Condition()

    async def run(self) -> None:
        try:
            seen = await self._look()
            while self.viewers:
                await asyncio.sleep(LOOK_EVERY_S)
                before, seen = seen, await self._look()
                if seen != before:
                    await self._tell()
        except Exception:
            get_logger().exception("watch_failed")
        self.ended = True
        await self._tell()

    async def changed(self, since: int) -> bool:
        """As soon as it has; False where nobody will tell any more."""
        async with self._news:
            await self._news.wait_for(lambda: self.changes > since or self.ended)
        return not self.ended

    async def _tell(self) -> None:
        async with self._news:
            self.changes += 1
            self._news.notify_all()

    async def _look(self) -> list[Body | None]:
        return await asyncio.gather(*map(self._ask, SHOWN))

    async def _ask(self, query: QueryType[Everything, Any]) -> Body | None:
        """Whoever is silent just now is news too: the page says so."""
        try:
            answer: Body = await self._bus.ask(query, self._school_id, Everything())
        except (NobodyAnswered, QueryRefused):
            return None
        return answer
