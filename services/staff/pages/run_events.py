"""A run, live: `GET /runs/<id>/events` tells what changes of it, until nothing goes on.

Events: `rows` ({certificate_id: [stage, words, reason]}, those that changed), `progress` (how the run stands),
`end` (nothing goes on any more). An event's id says up to where it tells; who comes back is told the rest.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

from starlette.responses import PlainTextResponse, Response

from contracts.catalogue import RUN_STATES
from contracts.queries import AskRun
from services.kit.broker import Bus
from services.staff.event_stream import HEARTBEAT, EventStream, event, opening
from services.staff.run_stages import WORDS
from services.staff.run_watch import News, Watch, Watches
from services.staff.visit import Visit

HEARTBEAT_S = 15.0
OPEN_FOR_S = 600.0
"""Then a page comes back, and shows again whom it belongs to: sessions end."""
MOST_OF_ONE_PERSON = 5
"""A browser opens six connections to one place, and needs one for everything else."""


class RunEvents:
    def __init__(self, bus: Bus) -> None:
        self._watches = Watches(bus)
        self._open: Counter[UUID] = Counter()

    async def stream(self, visit: Visit) -> Response:
        run_id, account_id = visit.id_in_path("run_id"), visit.desk.person.account_id
        if self._open[account_id] >= MOST_OF_ONE_PERSON:
            return PlainTextResponse("Too many pages are live; this one looks again by itself.\n", 429)
        await visit.desk.ask(RUN_STATES, AskRun(run_id=run_id))
        heard = visit.request.headers.get("last-event-id", "")
        return EventStream(
            self._events(visit.desk.school_id, run_id, account_id, heard), visit.request.app.state.stopping
        )

    async def _events(self, school_id: str, run_id: str, account_id: UUID, heard: str) -> AsyncIterator[str]:
        self._open[account_id] += 1
        try:
            with self._watches.watching(school_id, run_id) as watch:
                yield opening()
                async for told in _of(watch, _since(watch, heard)):
                    yield told
        finally:
            self._open[account_id] -= 1


async def _of(watch: Watch, since: int) -> AsyncIterator[str]:
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


def _since(watch: Watch, heard: str) -> int:
    """Up to where the page has heard it all; from the beginning where it heard another watch."""
    name, _, tick = heard.partition("-")
    return int(tick) if name == watch.name and tick.isdigit() else 0


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
