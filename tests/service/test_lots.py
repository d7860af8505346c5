"""Messages taken by the lot: acknowledged while the next are handled; a reader that is told to stop stops."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from contracts.topology import PROGRESSION_COMMANDS
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.delivery import Incoming
from services.kit.lots import LotHandler, Readers
from services.kit.telemetry import Metrics
from tests.school import SchoolSystem
from tests.waiting import eventually

PUT_TEACHER = "roster.cmd.put_teacher"
TEACHER = {"teacher_id": "t1", "name": "Ana"}


@asynccontextmanager
async def reading(server: NatsServer, handler: LotHandler, size: int = 2) -> AsyncIterator[tuple[Bus, Readers]]:
    bus = Bus("progression", server.url("progression"), Metrics())
    readers = Readers(bus.lots(PROGRESSION_COMMANDS, handler, size=size))
    await bus.start()
    await readers.start()
    yield bus, readers
    await readers.stop()
    await bus.stop()


async def test_what_was_handled_is_acknowledged_and_nothing_is_handled_twice(
    nats_server: NatsServer, school: SchoolSystem
) -> None:
    seen: list[str] = []

    async def handle(lot: Sequence[Incoming]) -> None:
        seen.extend(incoming.id for incoming in lot)

    async with reading(nats_server, handle) as (bus, _):
        sent = [await school.command(PUT_TEACHER, TEACHER) for _ in range(11)]

        async def nothing_is_left() -> bool:
            info = await bus.jetstream.consumer_info(PROGRESSION_COMMANDS.stream, PROGRESSION_COMMANDS.name)
            return not info.num_pending and not info.num_ack_pending

        await eventually(nothing_is_left)
    assert seen == sent


async def test_a_reader_that_cannot_acknowledge_stops_all_the_same(
    nats_server: NatsServer, school: SchoolSystem
) -> None:
    """Its broker is away: an acknowledgement that fails is no reason to read on."""
    in_hand, may_end = asyncio.Event(), asyncio.Event()

    async def handle(_: Sequence[Incoming]) -> None:
        in_hand.set()
        await may_end.wait()

    async with reading(nats_server, handle) as (_, readers):
        await school.command(PUT_TEACHER, TEACHER)
        await asyncio.wait_for(in_hand.wait(), 10)
        nats_server.stop(signal.SIGKILL)
        may_end.set()
        await asyncio.wait_for(readers.stop(), 10)
