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
    """Both directions, until one ends or breaks; a fault of a pump itself is told by the event loop."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(back):
        answers, server = await asyncio.open_connection("127.0.0.1", to_port)
        with contextlib.closing(server):
            await _first_to_end(to_server(client, server), unchanged(answers, back))


async def _first_to_end(*pumps: Awaitable[None]) -> None:
    running = [asyncio.ensure_future(pump) for pump in pumps]
    try:
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in running:
            pump.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    for pump in ended:
        pump.result()
