"""What a client says to the broker, read from its connection. See the NATS client protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from contracts.envelope import MESSAGE_ID
from contracts.topology import COMMANDS, EVENTS, INTERNAL, Stream

TWIN = b"-again"


@dataclass(frozen=True, slots=True)
class Said:
    """A line, and the headers and the body that follow it if it publishes something."""

    line: bytes
    headers: bytes = b""
    body: bytes = b""

    @property
    def bytes(self) -> bytes:
        return self.line + self.headers + self.body

    @property
    def is_delivered(self) -> bool:
        """A message that handlers get. Dead letters are not: they are kept for people."""
        return self._is_of(COMMANDS, EVENTS, INTERNAL)

    @property
    def is_event(self) -> bool:
        return self._is_of(EVENTS, INTERNAL)

    @property
    def ce_id(self) -> str | None:
        """None for what is no CloudEvent."""
        return self._header("ce-id")

    def twin(self) -> Said:
        """The same message under another `Nats-Msg-Id`, so that the stream keeps both. Nobody waits for its answer."""
        mark = f"{MESSAGE_ID}: ".encode()
        lines = self.headers.split(b"\r\n")
        headers = b"\r\n".join(line + TWIN if line.startswith(mark) else line for line in lines)
        # The count leaves out the body's own end of line.
        sizes = f"{len(headers)} {len(headers) + len(self.body) - 2}".encode()
        return Said(b"HPUB " + self.line.split()[1] + b" " + sizes + b"\r\n", headers, self.body)

    def _is_of(self, *streams: Stream) -> bool:
        subjects = tuple(subject.removesuffix(">") for stream in streams for subject in stream.subjects)
        return bool(self.body) and self.line.split()[1].decode().startswith(subjects)

    def _header(self, name: str) -> str | None:
        mark = f"{name}: ".encode()
        lines = self.headers.split(b"\r\n")
        return next((line.removeprefix(mark).decode() for line in lines if line.startswith(mark)), None)


async def said(reader: asyncio.StreamReader) -> AsyncIterator[Said]:
    """One after the other, until the connection ends; asyncio.IncompleteReadError where it ends in the middle."""
    while line := await reader.readline():
        words = line.split()
        match words[0].upper() if words else b"":
            case b"HPUB":
                head = int(words[-2])
                yield Said(line, await reader.readexactly(head), await reader.readexactly(int(words[-1]) - head + 2))
            case b"PUB":
                yield Said(line, b"", await reader.readexactly(int(words[-1]) + 2))
            case _:
                yield Said(line)
