"""A TCP proxy on loopback: what passes through it can be delayed, or meddled with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

CHUNK = 1 << 16

Pump: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Carries one direction of one connection until it ends."""


async def unchanged(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()


@asynccontextmanager
async def proxy(to_port: int, to_server: Pump) -> AsyncIterator[int]:
    """The port of a proxy to `to_port`; what clients send goes through `to_server`."""
    connections: set[asyncio.Task[None]] = set()

    def accept(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_carry(client, back, to_port, to_server))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _carry(client: asyncio.StreamReader, back: asyncio.StreamWriter, to_port: int, to_server: Pump) -> None:
    """Both directions; when one ends, so does the other."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        answers, server = await asyncio.open_connection("127.0.0.1", to_port)
        pumps = [asyncio.ensure_future(to_server(client, server)), asyncio.ensure_future(unchanged(answers, back))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            server.close()
    back.close()
