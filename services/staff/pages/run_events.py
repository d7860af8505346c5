"""A run, live: `GET /runs/<id>/events` tells what changes of it, until nothing goes on.

Events: `rows` ({certificate_id: [stage, words, reason]}, those that changed), `progress` (how the run stands),
`end` (nothing goes on any more). An event's id says up to where it tells; who comes back is told the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

from starlette.responses import Response

from contracts.catalogue import RUN_STATES
from contracts.queries import AskRun
from services.kit.broker import Bus
from services.staff.event_stream import HEARTBEAT, HEARTBEAT_S, OPEN_FOR_S, EventStream, Openings, event, opening
from services.staff.forms import whole
from services.staff.run_stages import WORDS
from services.staff.run_watch import News, RunWatch
from services.staff.visit import Visit
from services.staff.watches import Watches


class RunEvents:
    def __init__(self, bus: Bus, openings: Openings) -> None:
        self._watches = Watches(partial(RunWatch, bus))
        self._openings = openings

    async def stream(self, visit: Visit) -> Response:
        run_id, account_id = visit.id_in_path("run_id"), visit.desk.person.account_id
        if not self._openings.has_room(account_id):
            return self._openings.too_many()
        await visit.desk.ask(RUN_STATES, AskRun(run_id=run_id))
        heard = visit.request.headers.get("last-event-id", "")
        return EventStream(
            self._events(visit.desk.school_id, run_id, account_id, heard), visit.request.app.state.stopping
        )

    async def _events(self, school_id: str, run_id: str, account_id: UUID, heard: str) -> AsyncIterator[str]:
        with self._openings.one(account_id), self._watches.watching(school_id, run_id) as watch:
            yield opening()
            async for told in _of(watch, _since(watch, heard)):
                yield told


async def _of(watch: RunWatch, since: int) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    close_at = loop.time() + OPEN_FOR_S
    while loop.time() < close_at:
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                news = await watch.news(since)
        except TimeoutError:
            yield HEARTBEAT
            continue
        if news is None:
            yield event("end", {})
            return
        since = news.tick
        yield _rows(news) + event("progress", _progress(news), f"{watch.name}-{news.tick}")


def _since(watch: RunWatch, heard: str) -> int:
    """Up to where the page has heard it all; from the beginning where it heard another watch."""
    name, _, tick = heard.partition("-")
    return whole(tick) or 0 if name == watch.name else 0


def _rows(news: News) -> str:
    rows = {key: [each.stage, WORDS[each.stage], each.reason] for key, each in news.changed.items()}
    return event("rows", rows) if rows else ""


def _progress(news: News) -> dict[str, object]:
    return {
        "headline": news.tally.headline,
        "done": news.tally.done,
        "total": news.tally.total,
        "counts": news.tally.counts(),
        "left": news.left,
        "can": news.can,
    }
