"""Browsers that ask again as soon as they have the whole answer, cheaply: they must not be what is slow."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import cycle

HEAD_ENDS = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
SERVED = b"HTTP/1.1 200 "
PATIENCE_S = 30.0


class NotServed(Exception):
    """The text says what came instead of an answer with 200: the measurement counts for nothing."""


def asking_for(path: str, cookie: str | None = None) -> bytes:
    """The request of a browser that is let in already."""
    lines = (
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: en-NZ,en;q=0.5",
        "Accept-Encoding: gzip, deflate, br",
        *([f"Cookie: {cookie}"] if cookie else []),
    )
    return "\r\n".join((*lines, "", "")).encode()


async def answers_a_second(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> float:
    """Of so many connections that are kept open, each with one request at a time; `requests` are asked for in turn."""
    loop = asyncio.get_running_loop()
    asked = cycle(requests)
    started = time.perf_counter()
    visitors = [_Visitor(loop.create_future(), asked, started + seconds) for _ in range(connections)]
    for visitor in visitors:
        await loop.create_connection(partial(_itself, visitor), "127.0.0.1", port)
    async with asyncio.timeout(seconds + PATIENCE_S):
        await asyncio.gather(*(visitor.done for visitor in visitors))
    return sum(visitor.answers for visitor in visitors) / (time.perf_counter() - started)


def _itself(visitor: _Visitor) -> _Visitor:
    return visitor


class _Visitor(asyncio.Protocol):
    def __init__(self, done: asyncio.Future[None], asked: Iterator[bytes], until: float) -> None:
        self.done = done
        self.answers = 0
        self._asked = asked
        self._until = until
        self._head = b""
        self._missing = 0
        """Bytes of the body that are still to come."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._transport.write(next(self._asked))

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            head, ends, body = self._head.partition(HEAD_ENDS)
            if not ends:
                return
            self._head = b""
            length = LENGTH.search(head + b"\r\n")
            if not head.startswith(SERVED) or length is None:
                self._give_up(head.decode(errors="replace"))
                return
            self._missing = int(length[1]) - len(body)
        if not self._missing:
            self._answered()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(NotServed(f"the connection was closed: {exc}"))

    def _answered(self) -> None:
        self.answers += 1
        if time.perf_counter() < self._until:
            self._transport.write(next(self._asked))
        else:
            self.done.set_result(None)
            self._transport.close()

    def _give_up(self, why: str) -> None:
        self.done.set_exception(NotServed(why))
        self._transport.close()
