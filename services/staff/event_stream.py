"""Server-sent events, as the HTML standard has them: what an open page is told as it happens."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import UUID

from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

HEARTBEAT = ": still here\n\n"
"""A comment: it tells a proxy, and us, that the other side is there."""

BACK_AFTER_MS = 3000
HEARTBEAT_S = 15.0
OPEN_FOR_S = 600.0
"""Then a page comes back, and shows again whom it belongs to: sessions end."""
MOST_OF_ONE_PERSON = 5
"""A browser opens six connections to one place, and needs one for everything else."""


class Openings:
    """How many streams each person has open."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    def has_room(self, account_id: UUID) -> bool:
        return self._open[account_id] < MOST_OF_ONE_PERSON

    def too_many(self) -> Response:
        return PlainTextResponse("Too many pages are live; this one looks again by itself.\n", 429)

    @contextmanager
    def one(self, account_id: UUID) -> Iterator[None]:
        self._open[account_id] += 1
        try:
            yield
        finally:
            self._open[account_id] -= 1


def event(name: str, data: object, event_id: str | None = None) -> str:
    """One event with JSON in it. Who comes back names the last id that it has heard."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"{f'id: {event_id}' if event_id else ':'}\nevent: {name}\ndata: {written}\n\n"


def opening() -> str:
    """How soon a page that lost its connection comes back."""
    return f"retry: {BACK_AFTER_MS}\n\n"


class EventStream(StreamingResponse):
    """Open until its events end, the page is closed or the service stops, whichever is first."""

    def __init__(self, events: AsyncIterator[str], stopping: asyncio.Event) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ways_to_end = [
            asyncio.create_task(self.stream_response(send)),
            asyncio.create_task(self.listen_for_disconnect(receive)),
            asyncio.create_task(self._stopping.wait()),
        ]
        try:
            await asyncio.wait(ways_to_end, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways_to_end:
                way.cancel()
            await asyncio.gather(*ways_to_end, return_exceptions=True)
        if self._stopping.is_set():
            # Left hanging it would hold us up; a page whose stream has ended comes back to whoever serves then.
            with contextlib.suppress(OSError, RuntimeError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
