"""The front page, live: `GET /events` says `changed` when there is something new to see on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

from starlette.responses import Response

from services.kit.broker import Bus
from services.staff.event_stream import HEARTBEAT, HEARTBEAT_S, OPEN_FOR_S, EventStream, Openings, event, opening
from services.staff.school_watch import SchoolWatch
from services.staff.visit import Visit
from services.staff.watches import Watches


class SchoolEvents:
    def __init__(self, bus: Bus, openings: Openings) -> None:
        self._watches = Watches(partial(SchoolWatch, bus))
        self._openings = openings

    async def stream(self, visit: Visit) -> Response:
        account_id = visit.desk.person.account_id
        if not self._openings.has_room(account_id):
            return self._openings.too_many()
        return EventStream(self._events(visit.desk.school_id, account_id), visit.request.app.state.stopping)

    async def _events(self, school_id: str, account_id: UUID) -> AsyncIterator[str]:
        close_at = asyncio.get_running_loop().time() + OPEN_FOR_S
        with self._openings.one(account_id), self._watches.watching(school_id) as watch:
            yield opening()
            since = watch.changes
            while asyncio.get_running_loop().time() < close_at:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        if not await watch.changed(since):
                            return
                except TimeoutError:
                    yield HEARTBEAT
                    continue
                since = watch.changes
                yield event("changed", {})
