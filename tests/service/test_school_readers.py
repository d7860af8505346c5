"""The durables through which a school's own systems read: made for every school, and again when they are lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from contracts.permissions import PROVISIONER
from contracts.topology import EVENTS, Reader, readers_of
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.progression_world import World, progression_world
from tests.waiting import eventually

pytestmark = pytest.mark.heavy


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        yield world


async def has(jetstream: JetStreamContext, reader: Reader) -> bool:
    try:
        await jetstream.consumer_info(reader.stream, reader.name)
    except NotFoundError:
        return False
    return True


async def test_a_school_has_its_reader_as_soon_as_it_is_known_and_again_when_the_stream_was_lost(
    nats_server: NatsServer, world: World
) -> None:
    bus = Bus(PROVISIONER, nats_server.url(PROVISIONER), Metrics())
    await bus.start()
    [reader] = readers_of(SCHOOL_ID)

    async def is_there() -> bool:
        return await has(bus.jetstream, reader)

    await world.settled(await world.put_student("kai"))
    await eventually(is_there)
    await bus.jetstream.delete_stream(EVENTS.name)
    await eventually(is_there)
    await bus.stop()
