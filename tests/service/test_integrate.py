"""Whoever follows docs/integrate.md word by word hears of every certificate, and is heard."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest

from contracts.permissions import PROVISIONER, inbox_of
from contracts.rendering import LayoutField
from contracts.topology import EVENTS
from deploy.consumer_kit.trial import tried
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.printed import DOCS, commands
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.newcomer import PAGE, Newcomer, installed_newcomer
from tests.service.progression_world import World, progression_world
from tests.waiting import eventually

pytestmark = pytest.mark.heavy

READERS = ("reader.py", "faststream_reader.py", "reader.mjs")
DURABLE = f"school@{SCHOOL_ID}"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    return installed_newcomer(tmp_path_factory.mktemp("newcomer"))


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        await world.rendering.publish_layout("harbour", "Harbour", LayoutField(name="notes"))
        await world.rendering.publish_layout("shoreline", "Shoreline")
        yield world


@pytest.fixture
def newcomer(installed: Newcomer, nats_server: NatsServer, world: World) -> Newcomer:
    installed.be_told(nats_server.url("school"), SCHOOL_ID)
    installed.forget_what_was_received()
    return installed


async def award(world: World, *students: str) -> list[str]:
    """The lines that a reader prints about their certificates, issued one after the other."""
    lines = []
    for student in students:
        await world.put_student(student)
        progression_id = await world.complete(student)
        await world.run(f"run-{student}", [{"progression_id": progression_id}])
        issued = await world.school.event("certificates.evt.issued", student_id=student)
        lines.append(f"{issued['number']} {issued['title']} {issued['issued_on']}")
    return lines


async def until_all_is_acknowledged(nats_server: NatsServer) -> None:
    client = await nats.connect(nats_server.url(PROVISIONER), inbox_prefix=inbox_of(PROVISIONER).encode())

    async def look() -> bool:
        reader = await client.jetstream().consumer_info(EVENTS.name, DURABLE)
        return (reader.num_pending, reader.num_ack_pending) == (0, 0)

    try:
        await eventually(look, what=f"{DURABLE} has acknowledged everything")
    finally:
        await client.close()


@pytest.mark.parametrize("example", READERS)
async def test_a_reader_as_printed_hears_of_each_certificate_once_and_catches_up(
    example: str, newcomer: Newcomer, world: World, nats_server: NatsServer
) -> None:
    async with newcomer.running(example) as printout:
        expected = await award(world, "ana", "ben")
        assert await printout.has(2) == expected
        await until_all_is_acknowledged(nats_server)

    missed = await award(world, "cleo", "dan", "eve")
    # So that whatever was given again would be printed again.
    newcomer.forget_what_was_received()
    async with newcomer.running(example) as printout:
        await printout.has(3)
        await until_all_is_acknowledged(nats_server)
        assert printout.lines == missed


@pytest.mark.parametrize("example", READERS)
async def test_a_reader_as_printed_takes_all_golden_messages(example: str, installed: Newcomer, tmp_path: Path) -> None:
    command = ["sh", "-ec", f"cd {installed.folder}\n{installed.typed(example)}"]
    verdict = await tried(command, tmp_path, patience_s=30)
    assert verdict.faults == ()
    assert verdict.notes == (), "it prints what it does, so that the kit sees that it does it once"


async def test_the_consumer_kit_as_printed_is_content_with_the_printed_reader(newcomer: Newcomer) -> None:
    newcomer.has_laurel()
    async with newcomer.running("consumer-kit") as printout:
        [verdict] = await printout.has(1)
    assert f"```text\n{verdict}\n```" in (DOCS / PAGE).read_text()


@pytest.mark.parametrize("example", ["send.py", "send.mjs"])
async def test_commands_as_printed_are_accepted_and_the_mistake_comes_back_refused(
    example: str, newcomer: Newcomer, world: World
) -> None:
    async with newcomer.running("refusals.py") as refusals:
        assert await refusals.has(1) == ["listening"]
        async with newcomer.running(example) as printout:
            *told, mistake = await printout.has(7)
        assert [line.split(maxsplit=1)[1] for line in told] == ["accepted"] * 6
        assert mistake.startswith("progress.cmd.record_marks refused ")
        reason = mistake.removeprefix("progress.cmd.record_marks refused ")
        _, refusal = await refusals.has(2)
        assert refusal.split(maxsplit=2)[1:] == ["school.laurel.progress.record_marks.v1", reason]

    await world.school.event("progress.evt.level_completed", student_id="web-s1", level_id="web-seal")
    issued = await world.school.event("certificates.evt.issued", certificate_id="web-gala-1")
    assert issued["title"] == "For trying again"


if shutil.which("nats"):

    async def test_the_nats_command_line_takes_the_next_event(newcomer: Newcomer, world: World) -> None:
        await award(world, "ana")
        async with newcomer.running("nats-cli") as printout:
            [taken] = await printout.has(1)
        assert '"student_id":"ana"' in taken


def test_what_the_nats_command_line_is_told_names_the_reader_and_the_inbox() -> None:
    for name in ("nats-cli", "nats-cli-watch"):
        assert '--inbox-prefix "_INBOX_school_$SCHOOL"' in commands(PAGE)[name]
    assert 'EVENTS "school@$SCHOOL"' in commands(PAGE)["nats-cli"]
