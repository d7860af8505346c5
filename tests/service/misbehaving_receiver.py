"""The receiving system: a real HTTP server that verifies with the official library, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

GOOD = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"


def answering(status: int, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status} x", "content-length: 0", "connection: close", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


@dataclass
class Receiver:
    port: int = 0
    tries: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    """Path, headers and body of all that came, whatever was answered."""
    whims: list[bytes | None] = field(default_factory=list)
    """What is answered to the next ones: bytes, nothing at all (b""), or None: it hangs. Afterwards: good."""
    slow: set[str] = field(default_factory=set)
    """Paths that hang whatever comes."""
    in_hand: int = 0
    most_at_once: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ids(self, path: str = "/hook") -> list[str]:
        return [headers["webhook-id"] for where, headers, _ in self.tries if where == path]

    def read(self, secret: str, number: int = -1) -> dict[str, Any]:
        """The event, as the official library lets it pass. WebhookVerificationError."""
        _, headers, body = self.tries[number]
        Webhook(secret).verify(body, headers)
        event: dict[str, Any] = json.loads(body)
        return event

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.in_hand += 1
        self.most_at_once = max(self.most_at_once, self.in_hand)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            self.in_hand -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        path = first.split(" ")[1]
        self.tries.append((path, headers, body))
        answer = None if path in self.slow else self.whims.pop(0) if self.whims else GOOD
        if answer is None:
            await self.let_go.wait()
        else:
            writer.write(answer)
            await writer.drain()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver._serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.close()


__all__ = ["GOOD", "Receiver", "WebhookVerificationError", "answering", "receiving"]
