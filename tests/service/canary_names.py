"""A name server that nobody may ask, and a Chromium that knows no other."""

from __future__ import annotations

import asyncio
import shlex
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from tests.waiting import eventually

HOST = "127.0.0.77"
PORT = 53
A_RECORD = b"\x00\x01\x00\x01"
LOOPBACK = b"\xc0\x0c" + A_RECORD + b"\x00\x00\x00\x3c" + b"\x00\x04" + socket.inet_aton("127.0.0.1")


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """Every name is this machine; it remembers who was asked for."""

    asked: list[str] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, end = _name_at(data, 12)
        self.asked.append(name)
        answer = LOOPBACK if data[end : end + 4] == A_RECORD else b""
        counts = b"\x00\x01" + (b"\x00\x01" if answer else b"\x00\x00") + b"\x00\x00\x00\x00"
        self._transport.sendto(data[:2] + b"\x81\x80" + counts + data[12 : end + 4] + answer, addr)

    async def ask(self, name: str) -> None:
        """What a look-up by the browser would look like."""
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        question = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00" + A_RECORD
        loop = asyncio.get_running_loop()
        asking, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(HOST, PORT))
        asking.sendto(question)
        asking.close()

    async def first_asked(self) -> str:
        async def first() -> str | None:
            return next(iter(self.asked), None)

        return await eventually(first)


def _name_at(data: bytes, start: int) -> tuple[str, int]:
    """The name, and where the bytes behind it begin."""
    labels = []
    while length := data[start]:
        labels.append(data[start + 1 : start + 1 + length].decode())
        start += 1 + length
    return ".".join(labels), start + 1


@asynccontextmanager
async def answering() -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    transport, names = await loop.create_datagram_endpoint(NameServer, (HOST, PORT))
    try:
        yield names
    finally:
        transport.close()


def chromium_that_asks_it(chromium: Path, folder: Path) -> Path:
    """An executable that is Chromium, with a name server of the test's own in its /etc/resolv.conf."""
    settings = folder / "resolv.conf"
    settings.write_text(f"nameserver {HOST}\n")
    executable = folder / "chromium-headless-shell"
    mount = f"mount --bind {shlex.quote(str(settings))} /etc/resolv.conf"
    begin = f'exec setpriv --inh-caps=-all --ambient-caps=-all -- {shlex.quote(str(chromium))} "$@"'
    apart = "unshare --user --map-current-user --keep-caps --mount"
    executable.write_text(f"#!/bin/sh\nexec {apart} sh -c '{mount} && {begin}' sh \"$@\"\n")
    executable.chmod(0o755)
    return executable
