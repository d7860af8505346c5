"""HTTP as bytes on a connection: requests that no client would send, and what is answered to them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import h11

from tests.service.hostile_requests import Request

PATIENCE_S = 30.0
MEGABYTE = b"x" * 1_000_000
"""Stands as `~megabyte~` in a request, so that one that is found can be read."""
_addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(1))


@dataclass(frozen=True)
class Answer:
    """`status` 0: the connection was closed before it, or before its end."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")


async def exchange(url: str, request: Request) -> Answer:
    """From an address that nobody has asked from before, unless the request says where from."""
    return await say(url, written(request), request.method)


def written(request: Request) -> bytes:
    given = dict(request.headers)
    body = request.body.replace(b"~megabyte~", MEGABYTE)
    length = {"content-length": str(len(body))} if body or request.method == "POST" else {}
    headers = {"host": "laurel.test", "x-forwarded-for": next(_addresses), **given, **length}
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def say(url: str, sent: bytes, method: str = "GET", *, and_no_more: bool = False) -> Answer:
    """What is answered to these bytes. A stream of events is not waited for: its beginning is the answer.

    `and_no_more`: the connection is closed on this side, so that nobody waits for what is missing.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    try:
        writer.write(sent)
        if and_no_more:
            await asyncio.wait_for(writer.drain(), PATIENCE_S)
            writer.write_eof()
        return await asyncio.wait_for(_answer(reader, method), PATIENCE_S)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader, method: str) -> Answer:
    parser = h11.Connection(h11.CLIENT)
    # The parser only has to know what is answered; what was asked may be nothing that it would send.
    parser.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
    parser.send(h11.EndOfMessage())
    answer = Answer(0)
    while True:
        try:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                parser.receive_data(await reader.read(65_536))
        except (ConnectionResetError, h11.RemoteProtocolError):
            return Answer(0)
        if event is h11.NEED_DATA:
            continue
        if isinstance(event, h11.Response):
            headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
            answer = Answer(event.status_code, headers)
            if headers.get("content-type", "").startswith("text/event-stream"):
                return answer
        elif isinstance(event, h11.Data):
            answer = Answer(answer.status, answer.headers, answer.body + event.data)
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return answer
