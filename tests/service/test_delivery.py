"""What becomes of a message that a handler cannot finish, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contracts.topology import DEAD_LETTERS, PROGRESSION_COMMANDS
from deploy.embedded.nats import NatsServer
from services.kit import delivery
from services.kit.broker import Bus, Consumers
from services.kit.delivery import Handler, Incoming, Permanent, Transient
from services.kit.telemetry import Metrics
from tests.school import SchoolSystem
from tests.waiting import eventually

PUT_TEACHER = "roster.cmd.put_teacher"


@asynccontextmanager
async def consuming(server: NatsServer, handler: Handler) -> AsyncIterator[Bus]:
    bus = Bus("progression", server.url("progression"), Metrics())
    bus.consume(PROGRESSION_COMMANDS, handler)
    consumers = Consumers(bus)
    await bus.start()
    await consumers.start()
    yield bus
    await consumers.stop()
    await bus.stop()


async def waiting(bus: Bus) -> int:
    info = await bus.jetstream.stream_info("COMMANDS")
    return info.state.messages


async def nothing_waits(bus: Bus) -> None:
    async def empty() -> bool:
        return await waiting(bus) == 0

    await eventually(empty)


async def dead_letters(bus: Bus) -> int:
    info = await bus.jetstream.stream_info(DEAD_LETTERS.name)
    return info.state.messages


async def test_a_handled_message_is_gone_from_the_stream(nats_server: NatsServer, school: SchoolSystem) -> None:
    seen: list[Incoming] = []

    async def handle(incoming: Incoming) -> None:
        seen.append(incoming)

    async with consuming(nats_server, handle) as bus:
        command_id = await school.command(PUT_TEACHER, {"teacher_id": "t1", "name": "Ana"})
        await nothing_waits(bus)
    assert [(incoming.id, incoming.stem, incoming.school_id) for incoming in seen] == [
        (command_id, "roster.cmd.put_teacher.v1", "demo")
    ]


async def test_messages_are_handled_in_the_order_of_the_stream(nats_server: NatsServer, school: SchoolSystem) -> None:
    seen: list[str] = []

    async def handle(incoming: Incoming) -> None:
        seen.append(incoming.id)

    async with consuming(nats_server, handle) as bus:
        sent = [await school.command(PUT_TEACHER, {}) for _ in range(30)]
        await nothing_waits(bus)
    assert seen == sent


async def test_a_passing_fault_is_tried_again_until_it_has_passed(
    nats_server: NatsServer, school: SchoolSystem
) -> None:
    deliveries: list[int] = []

    async def handle(incoming: Incoming) -> None:
        deliveries.append(incoming.deliveries)
        if incoming.deliveries < 3:
            raise Transient("not yet")

    async with consuming(nats_server, handle) as bus:
        await school.command(PUT_TEACHER, {})
        await nothing_waits(bus)
        assert await dead_letters(bus) == 0
    assert deliveries == [1, 2, 3]


async def test_a_permanent_fault_is_kept_as_a_dead_letter_with_its_reason(
    nats_server: NatsServer, school: SchoolSystem
) -> None:
    async def handle(incoming: Incoming) -> None:
        raise Permanent("nobody can read this")

    async with consuming(nats_server, handle) as bus:
        command_id = await school.command(PUT_TEACHER, b"\xff not json")
        await nothing_waits(bus)
        kept = await bus.jetstream.get_last_msg(DEAD_LETTERS.name, "dead.progression.roster.cmd.put_teacher.v1.demo")
    assert kept.data == b"\xff not json"
    assert kept.headers is not None
    assert "nobody can read this" in kept.headers["Laurel-Reason"]
    assert kept.headers["Laurel-Message-Id"] == command_id


@pytest.mark.heavy
async def test_an_unknown_fault_is_tried_a_few_times_and_then_kept_aside(
    nats_server: NatsServer, school: SchoolSystem
) -> None:
    deliveries: list[int] = []

    async def handle(incoming: Incoming) -> None:
        deliveries.append(incoming.deliveries)
        raise KeyError("a mistake in a handler")

    async with consuming(nats_server, handle) as bus:
        await school.command(PUT_TEACHER, {})
        await nothing_waits(bus)
        assert await dead_letters(bus) == 1
    assert deliveries == list(range(1, delivery.ATTEMPTS + 1))


async def test_one_bad_message_does_not_stop_the_next(nats_server: NatsServer, school: SchoolSystem) -> None:
    done: list[str] = []

    async def handle(incoming: Incoming) -> None:
        if incoming.body == b"bad":
            raise Permanent("bad")
        done.append(incoming.id)

    async with consuming(nats_server, handle) as bus:
        await school.command(PUT_TEACHER, b"bad")
        good = await school.command(PUT_TEACHER, {})
        await nothing_waits(bus)
    assert done == [good]


async def test_stopping_finishes_what_is_in_hand_and_leaves_the_rest(
    nats_server: NatsServer, school: SchoolSystem
) -> None:
    started, may_finish = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def handle(incoming: Incoming) -> None:
        started.set()
        await may_finish.wait()
        done.append(incoming.id)

    bus = Bus("progression", nats_server.url("progression"), Metrics())
    bus.consume(PROGRESSION_COMMANDS, handle)
    consumers = Consumers(bus)
    await bus.start()
    await consumers.start()
    first = await school.command(PUT_TEACHER, {})
    await school.command(PUT_TEACHER, {})
    await asyncio.wait_for(started.wait(), 5)
    stopping = asyncio.create_task(consumers.stop())
    await asyncio.sleep(0)
    may_finish.set()
    await asyncio.wait_for(stopping, 5)
    assert done == [first]
    assert await waiting(bus) == 1
    await bus.stop()
