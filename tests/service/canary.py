"""A server that nobody may reach. It listens on loopback and remembers every knock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import urlsplit

SECRET = "Canary-4711"
"""Stands in every page and every picture that the canary gives away."""
PICTURE = f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60"><text id="x" y="30">{SECRET}</text></svg>'
CONTENT = {
    ".html": ("text/html", f"<!DOCTYPE html><title>{SECRET}</title><h1>{SECRET}</h1>"),
    ".svg": ("image/svg+xml", PICTURE),
    ".css": ("text/css", f"body::before {{ content: '{SECRET}' }}"),
    ".js": ("text/javascript", ""),
}
NOTHING = ("text/plain", SECRET)


@dataclass
class Canary:
    port: int = 0
    knocks: list[str] = field(default_factory=list)
    """`tcp` a connection, `GET /path` a request, `udp` a datagram; in the order in which they came."""
    pages: dict[str, str] = field(default_factory=dict)
    """HTML by path, beside what it has of itself."""
    _knocked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def stays_quiet(self, seconds: float) -> bool:
        """Nobody knocks within this time."""
        self._knocked.clear()
        try:
            await asyncio.wait_for(self._knocked.wait(), seconds)
        except TimeoutError:
            return True
        return False

    async def knock(self) -> None:
        """What a hole would look like: a request and a datagram, from the test itself."""
        loop = asyncio.get_running_loop()
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.close()
        datagram, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=("127.0.0.1", self.port)
        )
        datagram.sendto(b"knock")
        datagram.close()

    def note(self, knock: str) -> None:
        self.knocks.append(knock)
        self._knocked.set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.note("tcp")
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            method, target, _ = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[0].split(" ")
            path = urlsplit(target).path
            self.note(f"{method} {path}")
            writer.write(self._response(path))
            await writer.drain()
        writer.close()

    def _response(self, path: str) -> bytes:
        if path.startswith("/redirect"):
            return f"HTTP/1.1 302 Found\r\nLocation: {self.url}/led-on.html\r\nConnection: close\r\n\r\n".encode()
        kind, body = CONTENT.get(PurePosixPath(path).suffix, NOTHING)
        kind, body = ("text/html", self.pages[path]) if path in self.pages else (kind, body)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n"
        return (head + body).encode()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, canary: Canary) -> None:
        self._canary = canary

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._canary.note("udp")


@asynccontextmanager
async def listening() -> AsyncIterator[Canary]:
    """A canary of one's own, on a free port for TCP and the same for UDP."""
    canary = Canary()
    async with await asyncio.start_server(canary.answer, "127.0.0.1", 0) as server:
        canary.port = server.sockets[0].getsockname()[1]
        datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(canary), ("127.0.0.1", canary.port)
        )
        try:
            yield canary
        finally:
            datagrams.close()
