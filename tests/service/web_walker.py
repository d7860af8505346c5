"""Sends hostile requests to an app that is served, and says what is wrong with the answers."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit
from zlib import crc32

import hypothesis
import structlog
from hypothesis import HealthCheck, Phase

from tests.service.hostile_requests import Around, Request, requests
from tests.service.hostile_texts import MARKUP
from tests.service.raw_http import PATIENCE_S, Answer, exchange

EXAMPLES = int(os.environ.get("LAUREL_HOSTILE_REQUESTS", "50"))
"""Requests to each route; more of them, for whoever has the time."""
SEED = int(os.environ.get("LAUREL_HOSTILE_SEED", "6"))
ON_EVERY_PAGE: Mapping[str, str] = {
    "content-security-policy": "frame-ancestors '",
    "x-content-type-options": "nosniff",
    "referrer-policy": "",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""What the header has to say, at least."""
FAILED = ("error", "critical", "exception")


class World(Protocol):
    """An app, served, with something in it."""

    url: str

    def put_in(self, request: Request) -> Request:
        """With the cookie of whose it is, and with the secrets in their places."""
        ...

    async def mend(self, request: Request, answer: Answer) -> None:
        """Make good what the request ended, such as its own session, so that the next finds the world as it was."""
        ...


# --- what is wrong with an answer


def faults(request: Request, answer: Answer, url: str) -> Iterator[str]:
    if answer.status == 0 or answer.status >= 500:
        yield f"status {answer.status}"
    if "x-hostile" in answer.headers:
        yield "a header came out of what was sent"
    host = dict(request.headers).get("host", "laurel.test")
    if _leads_away(answer.headers.get("location", ""), {host, urlsplit(url).netloc}):
        yield f"it leads to another site: {answer.headers['location']}"
    if answer.is_page:
        yield from _faults_of_page(answer)


def _leads_away(location: str, ours: set[str]) -> bool:
    return bool(re.match(r"(?i)([a-z][a-z0-9+.-]*:|//|/?\\)", location)) and urlsplit(location).netloc not in ours


def _faults_of_page(answer: Answer) -> Iterator[str]:
    for name, says in ON_EVERY_PAGE.items():
        if says not in answer.headers.get(name, "\n") or name not in answer.headers:
            yield f"no {name} that says {says!r}"
    for markup in MARKUP:
        if markup.encode() in answer.body:
            yield f"{markup} came back as it was"


# --- what is logged meanwhile


class Log(logging.Handler):
    """All that is said of something that failed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._records: list[str] = []
        self.events: list[MutableMapping[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(f"{record.name}: {logging.Formatter().format(record)}")

    def taken(self) -> list[str]:
        """Since it was last asked for."""
        failures = [str(event) for event in self.events if event["log_level"] in FAILED or "exc_info" in event]
        said = [f"logged: {line}" for line in (*failures, *self._records)]
        self.events.clear()
        self._records.clear()
        return said


@contextmanager
def listened() -> Iterator[Log]:
    log = Log()
    with structlog.testing.capture_logs() as log.events:
        logging.getLogger().addHandler(log)
        try:
            yield log
        finally:
            logging.getLogger().removeHandler(log)


# --- many requests


class Walker:
    def __init__(self, world: World, log: Log) -> None:
        self._world = world
        self.log = log
        self.statuses: dict[str, set[int]] = {}
        """That each route answered its own method with, by method and path; to be sent to the sign-in page is none."""

    async def faults_of(self, around: Around) -> str:
        """The smallest request that is answered wrongly, and how; empty where every answer is as it should be."""
        loop = asyncio.get_running_loop()

        def send(request: Request) -> None:
            found = asyncio.run_coroutine_threadsafe(self._send(request, around), loop).result(2 * PATIENCE_S)
            assert not found, "; ".join(found)

        try:
            await asyncio.to_thread(_many(around)(send))
        except AssertionError as error:
            return "\n".join([f"{around.method} {around.path}: {error}", *getattr(error, "__notes__", ())])
        return ""

    async def _send(self, request: Request, around: Around) -> list[str]:
        answer = await exchange(self._world.url, self._world.put_in(request))
        if request.method == around.method and not answer.headers.get("location", "").startswith("/sign-in"):
            self.statuses.setdefault(f"{around.method} {around.path}", set()).add(answer.status)
        await self._world.mend(request, answer)
        return [*faults(request, answer, self._world.url), *self.log.taken()]


def _many(around: Around) -> Any:
    """Runs a function with each of the route's requests: the same ones each time."""

    def drawn(send: Any) -> Any:
        settings = hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            # A megabyte is drawn as one choice, and sent in no time.
            suppress_health_check=[HealthCheck.too_slow],
            report_multiple_bugs=False,
        )
        seeded = hypothesis.seed(crc32(f"{SEED} {around.method} {around.path}".encode()))
        return seeded(settings(hypothesis.given(requests(around))(send)))

    return drawn


async def walk(walker: Walker, arounds: Iterable[Around]) -> Sequence[str]:
    """What is wrong, of each route where something is."""
    return [found for around in arounds if (found := await walker.faults_of(around))]


@asynccontextmanager
async def walking(world: World) -> AsyncIterator[Walker]:
    with listened() as log:
        yield Walker(world, log)
        # Of a file that ends in the middle, the form parser forgets to close what it has read: it goes with the form.
        gc.collect()
