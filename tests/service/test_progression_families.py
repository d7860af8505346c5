"""Whose an e-mail address is, for a family that wants a new link."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from contracts.catalogue import GUARDIANS_BY_ADDRESS
from contracts.family_queries import AskGuardiansByAddress, GuardiansByAddress
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.neighbours_families import address_sha256
from tests.service.progression_world import World, progression_world


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        yield world


@pytest.fixture
async def notification(nats_server: NatsServer) -> AsyncIterator[Bus]:
    """Who may ask."""
    bus = Bus("notification", nats_server.url("notification"), Metrics())
    await bus.start()
    yield bus
    await bus.stop()


async def whose(bus: Bus, address: str) -> GuardiansByAddress:
    return await bus.ask(GUARDIANS_BY_ADDRESS, SCHOOL_ID, AskGuardiansByAddress(address_sha256=address_sha256(address)))


async def test_an_address_is_found_in_every_family_however_it_is_written(
    world: World, notification: Bus, database: TestDatabase
) -> None:
    both = [
        {"guardian_id": "g2", "name": "Tom Reed", "email": "tom@example.com"},
        {"guardian_id": "g1", "name": "Mere Ngata", "email": "MERE@Example.com", "locale": "mi"},
    ]
    command_id = await world.school.command(
        "roster.cmd.put_family", {"family_id": "f2", "name": "Reed", "guardians": both}
    )
    assert await world.settled(command_id) == "accepted"
    found = await whose(notification, "mere@EXAMPLE.com ")
    assert [(each.family_id, each.guardian.email, each.guardian.locale) for each in found.guardians] == [
        ("f1", "mere@example.com", None),
        ("f2", "MERE@Example.com", "mi"),
    ]
    assert (found.school_name, found.locale) == ("Kauri Coast Swim School", "en-NZ")
    assert (await whose(notification, "nobody@example.com")).guardians == ()

    connection = await asyncpg.connect(database.url("progression"))
    await connection.execute("SET search_path = progression; SET enable_seqscan = off")
    plan = await connection.fetch(
        "EXPLAIN SELECT name FROM guardian WHERE school_id = $1 AND address_sha256(email) = $2", SCHOOL_ID, b""
    )
    await connection.close()
    assert "guardian_address" in str(plan)
