"""What is lost on the way between the services is found and sent again, by progression on real servers."""

from __future__ import annotations

import shutil
import signal
import uuid
from collections.abc import AsyncIterator

import nats.errors
import pytest

from contracts.base import Body
from contracts.catalogue import MAILS, PUBLISHED
from contracts.mail_queries import (
    AskVersions,
    MailedVersion,
    MailedVersions,
    PublishedVersion,
    PublishedVersions,
    VersionRef,
)
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.conftest import TestDatabase
from tests.school import SchoolSystem
from tests.service.progression_world import World, progression_world
from tests.waiting import eventually


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school, reconcile_after_s=0.5) as world:
        yield world


async def ad_hoc(world: World, certificate_id: str, command_id: str | None = None) -> str:
    body = {
        "certificate_id": certificate_id,
        "student_id": "ana",
        "layout_id": "plain",
        "teacher_id": "t1",
        "requested_by": "Office",
    }
    return await world.school.command("certificates.cmd.issue_ad_hoc", body, command_id)


async def ad_hoc_until_accepted(world: World, certificate_id: str) -> None:
    """As any sender does: the same command again, until it is known to have been acted on."""
    command_id = str(uuid.uuid4())

    async def accepted() -> bool:
        try:
            await ad_hoc(world, certificate_id, command_id)
            outcome = await world.school.ask("progression.query.command", {"command_id": command_id})
        except nats.errors.Error:
            return False  # the broker is not back yet
        return bool(outcome["state"] == "accepted")

    await eventually(accepted, within=30)


async def is_issued(world: World, certificate_id: str) -> None:
    async def issued() -> bool:
        try:
            found = await world.school.ask("progression.query.certificate", {"certificate_id": certificate_id})
        except nats.errors.Error:
            return False  # the broker is not back yet
        return "error" not in found and found["versions"][0]["state"] == "issued"

    await eventually(issued, within=30)


async def is_held_by_rendering(world: World, certificates: int) -> None:
    async def held() -> bool:
        return len(world.rendering.heard) == certificates

    await eventually(held)


def lose_the_disk(server: NatsServer) -> None:
    for found in (server.home / "jetstream").iterdir():
        shutil.rmtree(found)


def lose_the_messages(server: NatsServer, stream: str) -> None:
    """And what its durables are called; but not how far they had come."""
    [folder] = (server.home / "jetstream").glob(f"**/streams/{stream}")
    for found in (*folder.glob("msgs/*"), *folder.glob("obs/*/meta.*")):
        found.unlink()
    assert list(folder.glob("obs/*/o.dat"))


async def test_what_rendering_took_and_never_answered_is_sent_again(world: World) -> None:
    world.rendering.swallows = 1
    await ad_hoc(world, "swallowed")
    await is_issued(world, "swallowed")
    first, second = world.rendering.heard
    assert first != second, "a command with a known id would be dropped by the broker"
    assert len(world.school.events("certificates.evt.issued", certificate_id="swallowed")) == 1


async def test_a_broker_that_lost_its_disk_is_provisioned_again_and_what_it_carried_is_sent_again(
    world: World, nats_server: NatsServer
) -> None:
    world.rendering.printing.clear()
    await ad_hoc(world, "carried")
    await is_held_by_rendering(world, 1)
    nats_server.stop(signal.SIGKILL)
    lose_the_disk(nats_server)
    nats_server.start()
    world.rendering.printing.set()
    await is_issued(world, "carried")
    await ad_hoc_until_accepted(world, "later")
    await is_issued(world, "later")


@pytest.mark.heavy
async def test_a_broker_whose_disk_is_taken_away_while_it_runs_is_noticed_and_nothing_is_lost(
    world: World, nats_server: NatsServer
) -> None:
    world.rendering.printing.clear()
    await ad_hoc(world, "under-way")
    await is_held_by_rendering(world, 1)
    lose_the_disk(nats_server)
    world.rendering.printing.set()
    await is_issued(world, "under-way")
    await ad_hoc_until_accepted(world, "later")
    await is_issued(world, "later")


@pytest.mark.heavy
async def test_a_stream_that_lost_its_messages_and_not_its_readers_places_is_noticed(
    world: World, nats_server: NatsServer
) -> None:
    """What comes anew would have numbers that each durable takes for handled."""
    for certificate_id in ("one", "two", "three"):
        await ad_hoc(world, certificate_id)
        await is_issued(world, certificate_id)
    world.rendering.printing.clear()
    await ad_hoc(world, "under-way")
    await is_held_by_rendering(world, 4)
    nats_server.stop(signal.SIGKILL)
    lose_the_messages(nats_server, "COMMANDS")
    nats_server.start()
    world.rendering.printing.set()
    await is_issued(world, "under-way")
    await ad_hoc_until_accepted(world, "later")
    await is_issued(world, "later")


class FamilySide:
    """portal and notification as progression asks them: they know what they are said to know."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        """By certificate_id, as portal has it: `valid`, `withdrawn`."""
        self.asked: list[VersionRef] = []

    async def published(self, _: str, asked: Body) -> PublishedVersions:
        assert isinstance(asked, AskVersions)
        self.asked += asked.versions
        return PublishedVersions(
            versions=tuple(
                PublishedVersion(
                    certificate_id=each.certificate_id,
                    version=each.version,
                    state="withdrawn" if self.known[each.certificate_id] == "withdrawn" else "valid",
                )
                for each in asked.versions
                if each.certificate_id in self.known
            )
        )

    async def mails(self, _: str, asked: Body) -> MailedVersions:
        assert isinstance(asked, AskVersions)
        return MailedVersions(
            versions=tuple(
                MailedVersion(
                    certificate_id=each.certificate_id,
                    version=each.version,
                    corrected=self.known[each.certificate_id] == "withdrawn",
                    announced=True,
                    mails=(),
                )
                for each in asked.versions
                if each.certificate_id in self.known
            )
        )


@pytest.fixture
async def family_side(nats_server: NatsServer) -> AsyncIterator[FamilySide]:
    known = FamilySide()
    buses = []
    for service in ("portal", "notification"):
        bus = Bus(service, nats_server.url(service), Metrics())
        if service == "portal":
            bus.answer(PUBLISHED, known.published)
        else:
            bus.answer(MAILS, known.mails)
        await bus.start()
        await bus.broker.start()
        buses.append(bus)
    yield known
    for bus in buses:
        await bus.stop()


async def read_up(nats_server: NatsServer) -> None:
    """portal and notification have read all that there was, and lost it."""
    bus = Bus("progression", nats_server.url("progression"), Metrics())
    await bus.start()
    for stream in ("EVENTS", "INTERNAL"):
        await bus.jetstream.purge_stream(stream)
    await bus.stop()


async def test_an_issued_certificate_that_the_portal_never_heard_of_is_told_again_with_the_same_id(
    world: World, nats_server: NatsServer, family_side: FamilySide
) -> None:
    await ad_hoc(world, "unheard")
    await is_issued(world, "unheard")
    await read_up(nats_server)

    async def told_again() -> bool:
        return len(world.school.events("certificates.evt.issued", certificate_id="unheard")) >= 2

    await eventually(told_again, within=20)
    family_side.known["unheard"] = "valid"
    family_side.asked.clear()

    async def rested() -> bool:
        return VersionRef(certificate_id="unheard", version=1) in family_side.asked

    await eventually(rested, within=20)


async def test_a_withdrawal_that_the_portal_never_heard_of_is_told_again(
    world: World, nats_server: NatsServer, family_side: FamilySide
) -> None:
    family_side.known["taken-back"] = "valid"
    await ad_hoc(world, "taken-back")
    await is_issued(world, "taken-back")
    body = {"certificate_id": "taken-back", "reason": "The wrong child", "requested_by": "Office"}
    assert await world.settled(await world.school.command("certificates.cmd.withdraw", body)) == "accepted"
    await read_up(nats_server)

    async def told_again() -> bool:
        return len(world.school.events("certificates.evt.withdrawn", certificate_id="taken-back")) >= 2

    await eventually(told_again, within=20)


async def test_rendering_is_given_no_more_than_its_free_hands_and_a_single_certificate_goes_first(
    world: World, nats_server: NatsServer
) -> None:
    for n in range(20):
        await world.put_student(f"s{n}")
    progressions = [await world.complete(f"s{n}") for n in range(20)]
    world.rendering.printing.clear()
    selected = [{"progression_id": progression_id} for progression_id in progressions]
    assert await world.settled(await world.run("run-20", selected)) == "accepted"
    await is_held_by_rendering(world, 1)
    assert await world.settled(await ad_hoc(world, "in-a-hurry")) == "accepted"
    world.rendering.printing.set()
    await is_issued(world, "in-a-hurry")

    async def all_issued() -> bool:
        run = await world.school.ask("progression.query.run", {"run_id": "run-20"})
        return all(certificate["state"] == "issued" for certificate in run["certificates"])

    await eventually(all_issued, within=30)
    place = [issue.certificate_id for issue in world.rendering.asked].index("in-a-hurry")
    assert place <= 2, "only what rendering had in hand already goes before it"


@pytest.mark.heavy
async def test_what_rendering_never_answers_is_given_up_loudly_and_a_person_sends_it_through(world: World) -> None:
    world.rendering.swallows = 8
    await ad_hoc(world, "hopeless")

    async def failed() -> bool:
        found = await world.school.ask("progression.query.attention", {})
        return [(one["certificate_id"], one["kind"]) for one in found["certificates"]] == [("hopeless", "failed")]

    await eventually(failed, within=60)
    [trouble] = (await world.school.ask("progression.query.attention", {}))["certificates"]
    assert "Try again" in trouble["reason"]["message"]
    body = {"certificate_id": "hopeless", "requested_by": "Office"}
    assert await world.settled(await world.school.command("certificates.cmd.retry", body)) == "accepted"
    await is_issued(world, "hopeless")
