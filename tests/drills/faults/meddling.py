"""Messages that are stored twice, or in another order than they were said in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import TypeAlias

from contracts.permissions import SERVICES
from deploy.addresses import Addresses
from deploy.home import Home
from tests.drills.drill import Setting
from tests.drills.faults.nats_wire import Said, said
from tests.drills.faults.proxy import Pump, proxy
from tests.drills.faults.slow import variables

LONGEST_HOLD_S = 1.0
TWIN_LATER_S = 2.0

Planned: TypeAlias = list[tuple[float, Said]]
"""What goes to the broker instead of a message, each after so many seconds; 0 is in its turn."""

Meddling: TypeAlias = Callable[[Said, Random], Planned]


def twice(one: Said, chance: Random) -> Planned:
    """Kept twice, so that every handler gets both: at the same time, or when the first is done long ago."""
    if not (one.is_delivered and one.ce_id):
        return [(0, one)]
    return [(0, one), (chance.choice((0, chance.uniform(0, TWIN_LATER_S))), one.twin())]


def shuffled(one: Said, chance: Random) -> Planned:
    """An event is held for up to a second; commands keep their order, which is promised."""
    return [(chance.uniform(0, LONGEST_HOLD_S) if one.is_event else 0, one)]


def meddler(meddling: Meddling, seed: str) -> Pump:
    """The same seed decides the same for a message of the same id."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held: set[asyncio.Task[None]] = set()
        try:
            async for one in said(reader):
                for after_s, told in meddling(one, Random(f"{seed}-{one.ce_id}")):
                    if after_s:
                        _hold(held, writer, told, after_s)
                    else:
                        writer.write(told.bytes)
                await writer.drain()
        finally:
            # The connection is gone: nobody has been told yet that these are kept.
            for task in held:
                task.cancel()

    return pump


def _hold(held: set[asyncio.Task[None]], writer: asyncio.StreamWriter, told: Said, after_s: float) -> None:
    async def write() -> None:
        await asyncio.sleep(after_s)
        writer.write(told.bytes)

    task = asyncio.create_task(write())
    held.add(task)
    task.add_done_callback(held.discard)


Prepare: TypeAlias = Callable[[AsyncExitStack, Home, Random], Awaitable[Setting]]


def meddled_with(meddling: Meddling) -> Prepare:
    """The services, and the school, reach the broker through somebody who meddles."""

    async def prepare(running: AsyncExitStack, home: Home, chance: Random) -> Setting:
        home.folder.mkdir(parents=True, exist_ok=True)
        addresses = Addresses.of(home)
        pump = meddler(meddling, str(chance.random()))
        port = await running.enter_async_context(proxy(addresses.ports["nats"], pump))
        told = {name: variables(addresses, name, {"nats": port}) for name in SERVICES}
        school_url = addresses.endpoints.nats.replace(f":{addresses.ports['nats']}", f":{port}")
        return Setting(told=lambda service: told[service], nats_url=school_url)

    return prepare


everything_twice = meddled_with(twice)
events_shuffled = meddled_with(shuffled)
