"""A family asks for another name: staff see it, a reissue or a few words answer, and the portal is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.catalogue import OPEN_CORRECTIONS
from contracts.envelope import new_id, wrap
from contracts.portal import CorrectionAnswered, CorrectionRequested, OpenCorrections
from contracts.queries import Everything
from contracts.topology import INTERNAL
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus, Consumers
from services.kit.telemetry import Metrics
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.neighbours_families import Neighbours
from tests.service.progression_world import World, progression_world
from tests.waiting import eventually

ASKED_AT = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


class Family:
    """The portal, as progression knows it: it tells what a family asks for, and hears what came of it."""

    def __init__(self, bus: Bus, reader: Bus) -> None:
        """`reader`: progression's own, which hears what it said and answers nothing in its place."""
        self.reader = reader
        self._bus = bus
        self._reads = Neighbours(reader, bus)
        self.waits_for: tuple[CorrectionRequested, ...] = ()
        bus.answer(OPEN_CORRECTIONS, self._open_corrections)

    async def _open_corrections(self, school_id: str, _: Everything) -> OpenCorrections:
        return OpenCorrections(requests=self.waits_for if school_id == SCHOOL_ID else ())

    async def asks(self, *requests: CorrectionRequested) -> None:
        """Each in an envelope of its own: the broker takes none for a repeat."""
        for request in requests:
            await self._bus.publish(wrap(request, SCHOOL_ID, source="/test/portal"))
        await self._reads.settled("progression")

    async def loses_all_that_was_said(self) -> None:
        await self.reader.jetstream.delete_stream(INTERNAL.name)

    async def hears(self, count: int = 1) -> list[CorrectionAnswered]:
        return await self._reads.hears(CorrectionAnswered, count)


def asking(name: str, version: int = 1, *, later: int = 0, certificate_id: str = "a1") -> CorrectionRequested:
    return CorrectionRequested(
        request_id=new_id(),
        certificate_id=certificate_id,
        version=version,
        recipient_name=name,
        message="She has both our names.",
        requested_at=ASKED_AT + timedelta(minutes=later),
    )


async def issue(world: World) -> None:
    """Ana has the certificate a1."""
    body = {"certificate_id": "a1", "student_id": "ana", "layout_id": "noted", "teacher_id": "t1"}
    await world.school.command("certificates.cmd.issue_ad_hoc", {**body, "requested_by": "Lucy Chen"})
    await world.school.event("certificates.evt.issued", certificate_id="a1")


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        await issue(world)
        yield world


@asynccontextmanager
async def playing_portal(nats_server: NatsServer) -> AsyncIterator[Family]:
    bus = Bus("portal", nats_server.url("portal"), Metrics())
    reader = Bus("progression", nats_server.url("progression"), Metrics())
    family = Family(bus, reader)
    consumers = Consumers(bus)
    await reader.start()
    await bus.start()
    await consumers.start()
    yield family
    await consumers.stop()
    await bus.stop()
    await reader.stop()


@pytest.fixture
async def family(nats_server: NatsServer, world: World) -> AsyncIterator[Family]:
    async with playing_portal(nats_server) as family:
        yield family


async def open_requests(world: World) -> list[dict[str, Any]]:
    """As "Needs attention" has them; the certificate's own page says the same."""
    found = list((await world.school.ask("progression.query.attention", {}))["corrections"])
    of_one = (await world.school.ask("progression.query.certificate", {"certificate_id": "a1"})).get("correction")
    assert of_one == next((each for each in found if each["certificate_id"] == "a1"), None)
    return found


async def act(world: World, name: str, **more: Any) -> str:
    body = {"certificate_id": "a1", "requested_by": "Mere Ngata", **more}
    return await world.settled(await world.school.command(f"certificates.cmd.{name}", body))


async def reissue(world: World, version: int, **changes: str) -> None:
    assert await act(world, "reissue", reason="Put right", changes=changes) == "accepted"
    await world.school.event("certificates.evt.issued", certificate_id="a1", version=version)


async def test_staff_see_what_the_family_asks_for_once_however_often_they_are_told(
    world: World, family: Family
) -> None:
    request = asking("Ana Ngāta-Reed")
    await family.asks(request, request)
    [shown] = await open_requests(world)
    assert (shown["printed"], shown["recipient_name"]) == ("Ana Ngata", "Ana Ngāta-Reed")
    assert (shown["version"], shown["newest_version"]) == (1, 1)
    assert (shown["student"]["name"], shown["message"]) == ("Ana Ngata", "She has both our names.")
    [asked, _] = (await world.school.ask("progression.query.audit", {"certificate_id": "a1"}))["entries"]
    assert (asked["act"], asked["who"], asked["reason"]) == (
        "correction_asked",
        "The family",
        "She has both our names.",
    )
    assert asked["changes"] == [{"field": "recipient_name", "before": "Ana Ngata", "after": "Ana Ngāta-Reed"}]


async def test_of_several_requests_the_last_one_counts_in_whatever_order_they_come(
    world: World, family: Family
) -> None:
    first, second = asking("Anna Ngata"), asking("Ana Ngāta", later=1)
    await family.asks(second, first, second)
    assert [each["recipient_name"] for each in await open_requests(world)] == ["Ana Ngāta"]
    assert await act(world, "decline_correction", request_id=first.request_id, reason="No") == "refused"
    [refusal] = world.school.events("commands.evt.refused")
    assert refusal["reasons"][0]["code"] == "asked_anew"


async def test_a_reissue_with_another_name_answers_and_one_with_the_same_name_does_not(
    world: World, family: Family
) -> None:
    request = asking("Ana Ngata-Reed")
    await family.asks(request)
    await reissue(world, 2, notes="Ka pai")
    [still_open] = await open_requests(world)
    assert (still_open["version"], still_open["newest_version"]) == (1, 2)
    # Staff know the spelling better than who asked.
    await reissue(world, 3, recipient_name="Ana Ngāta-Reed")
    assert await open_requests(world) == []
    [answer] = await family.hears()
    assert (answer.request_id, answer.outcome, answer.by_version) == (request.request_id, "corrected", 3)


async def test_a_declined_request_is_closed_with_the_schools_words(world: World, family: Family) -> None:
    request = asking("Princess Ana")
    await family.asks(request)
    assert await act(world, "decline_correction", request_id=request.request_id, reason="As enrolled.") == "accepted"
    assert await open_requests(world) == []
    [answer] = await family.hears()
    assert (answer.outcome, answer.reason) == ("declined", "As enrolled.")
    [entry, *_] = (await world.school.ask("progression.query.audit", {"certificate_id": "a1"}))["entries"]
    assert (entry["act"], entry["who"], entry["reason"]) == ("correction_declined", "Mere Ngata", "As enrolled.")
    assert await act(world, "decline_correction", request_id=request.request_id, reason="Twice") == "refused"
    # What was declined may be asked again.
    await family.asks(request, asking("Ana Reed", later=1))
    assert [each["recipient_name"] for each in await open_requests(world)] == ["Ana Reed"]


async def test_what_comes_late_is_shown_unless_it_is_answered_already(world: World, family: Family) -> None:
    await reissue(world, 2, recipient_name="Ana Reed")
    await family.asks(asking("Ana Reed", 1))
    assert await open_requests(world) == []
    [answer] = await family.hears()
    assert (answer.outcome, answer.by_version) == ("corrected", 2)
    await family.asks(asking("Ana Ngāta", 1, later=1))
    [late] = await open_requests(world)
    assert (late["version"], late["newest_version"], late["printed"]) == (1, 2, "Ana Reed")


async def test_a_certificate_that_is_gone_or_unknown_is_nobodys_business(world: World, family: Family) -> None:
    await family.asks(asking("Ana Reed"), asking("Nobody", certificate_id="a9"))
    assert await act(world, "withdraw", reason="Given twice") == "accepted"
    await family.asks(asking("Ana Ngāta", later=1))
    assert await open_requests(world) == []
    assert {answer.outcome for answer in await family.hears(2)} == {"withdrawn"}


@pytest.mark.heavy
async def test_what_was_lost_on_its_way_is_heard_and_answered_all_the_same(
    nats_server: NatsServer, database: TestDatabase, school: SchoolSystem
) -> None:
    """The portal waits, and the broker knows nothing of it: progression asks when it begins, and again and again."""
    request = asking("Ana Ngāta-Reed")
    async with progression_world(nats_server, database, school) as world:
        await issue(world)
    async with playing_portal(nats_server) as family:
        family.waits_for = (request,)
        async with progression_world(nats_server, database, school) as world:
            await eventually(lambda: open_requests(world))
            await reissue(world, 2, recipient_name="Ana Ngāta-Reed")
            [answer] = await family.hears()
            await family.loses_all_that_was_said()
            assert await family.hears() == [answer]
