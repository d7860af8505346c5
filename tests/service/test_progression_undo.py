"""A run can be cancelled and undone: what it did waits again, and can be done again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.school import SchoolSystem
from tests.service.progression_world import UNPRINTABLE, World, progression_world

HELD = {"send_after": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
"""The mail has not left."""


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        yield world


async def cancel(world: World, run_id: str, command_id: str | None = None) -> str:
    body = {"run_id": run_id, "requested_by": "Mere"}
    return await world.school.command("certificates.cmd.cancel_run", body, command_id)


async def undo(world: World, run_id: str, command_id: str | None = None) -> str:
    body = {"run_id": run_id, "requested_by": "Mere"}
    return await world.school.command("certificates.cmd.undo_run", body, command_id)


async def code(world: World, command_id: str) -> str:
    """The one reason why the command was refused."""
    [reason] = await world.school.refusal(command_id)
    assert reason["message"].endswith(".")
    return str(reason["code"])


async def run(world: World, run_id: str) -> dict[str, Any]:
    return await world.school.ask("progression.query.run", {"run_id": run_id})


async def test_an_undone_run_is_as_if_it_had_not_been_and_can_be_run_again(world: World) -> None:
    progression_id = await world.complete("ana")
    await world.run("r1", [{"progression_id": progression_id}], level_changes=[progression_id], **HELD)
    first = await world.school.event("certificates.evt.issued")
    assert "undo_until" in await run(world, "r1")
    before = await world.pending()
    assert (before["certificates"], before["level_changes"]) == ([], [])

    for _ in range(2):
        await undo(world, "r1", command_id="once")
    withdrawn = await world.school.event("certificates.evt.withdrawn", certificate_id=first["certificate_id"])
    assert withdrawn["reason"] == "The run was undone"
    back = await world.school.event("progress.evt.level_changed", from_level_id="dolphin")
    assert back["to_level_id"] == "seahorse"
    waiting = await world.pending()
    assert [row["progression_id"] for row in waiting["certificates"]] == [progression_id]
    assert [row["progression_id"] for row in waiting["level_changes"]] == [progression_id]
    undone = await run(world, "r1")
    assert undone["undone_by"] == "Mere"
    assert "undo_until" not in undone
    assert await code(world, await undo(world, "r1")) == "already_undone"

    await world.run("r2", [{"progression_id": progression_id}], level_changes=[progression_id], **HELD)
    second = await world.school.event("certificates.evt.issued", run_id="r2")
    assert second["progression_id"] == progression_id
    assert second["certificate_id"] != first["certificate_id"]
    assert second["number"] != first["number"]
    moved = world.school.events("progress.evt.level_changed", to_level_id="dolphin")
    assert len(moved) == 2
    page = await world.school.ask("progression.query.student", {"student_id": "ana"})
    assert [row["state"] for row in page["certificates"]] == ["issued", "withdrawn"]
    assert len(world.school.events("certificates.evt.withdrawn")) == 1
    [newest, oldest] = (await world.school.ask("progression.query.runs"))["runs"]
    assert ("undone_at" in newest, "undone_at" in oldest) == (False, True)


async def test_a_cancelled_run_keeps_what_is_printed_and_its_level_changes(world: World) -> None:
    for student in ("kai", "mia"):
        await world.put_student(student)
    ana, kai, mia = [await world.complete(student) for student in ("ana", "kai", "mia")]
    await world.run("r0", [{"progression_id": ana}])
    await world.school.event("certificates.evt.issued", run_id="r0")
    world.rendering.printing.clear()
    await world.run("r1", [{"progression_id": kai}, {"progression_id": mia}], level_changes=[ana, kai, mia])
    await world.school.event("progress.evt.level_changed", progression_id=mia)
    for _ in range(2):
        await cancel(world, "r1", command_id="once")
    await world.school.event("certificates.evt.withdrawn")
    assert await world.pending_ids() == {kai, mia}
    assert (await world.pending())["level_changes"] == []
    states = await world.school.ask("progression.query.run_states", {"run_id": "r1"})
    assert [(row["state"], row["printed"]) for row in states["rows"]] == [("withdrawn", False)] * 2
    assert states["cancelled"] is True

    # What rendering had in hand comes all the same.
    world.rendering.printing.set()
    for row in states["rows"]:
        await world.rendering.say_rendered(row["certificate_id"], 1)
    await world.run("r2", [{"progression_id": kai}, {"progression_id": mia}])
    await world.school.event("certificates.evt.issued", run_id="r2", progression_id=mia)
    await world.school.event("certificates.evt.issued", run_id="r2", progression_id=kai)
    assert world.school.events("certificates.evt.issued", run_id="r1") == []
    assert await code(world, await cancel(world, "r1")) == "nothing_to_cancel"
    assert await code(world, await cancel(world, "nowhere")) == "unknown_run"
    [_, cancelled, _] = (await world.school.ask("progression.query.runs"))["runs"]
    assert (cancelled["issued"], cancelled["cancelled"]) == (0, 2)


async def test_it_is_too_late_when_the_mail_has_left_or_ten_minutes_are_over(
    world: World, database: TestDatabase
) -> None:
    ana = await world.complete("ana")
    await world.run("r1", [{"progression_id": ana}])
    await world.school.event("certificates.evt.issued")
    assert await code(world, await undo(world, "r1")) == "mail_left"
    await world.run("r2", [], level_changes=[ana])
    await world.school.event("progress.evt.level_changed", progression_id=ana)
    connection = await asyncpg.connect(database.url("progression"))
    await connection.execute("UPDATE progression.run SET requested_at = now() - interval '11 minutes'")
    await connection.close()
    assert await code(world, await undo(world, "r2")) == "too_late"
    assert await code(world, await undo(world, "nowhere")) == "unknown_run"
    assert "undo_until" not in await run(world, "r2")


async def test_a_run_is_undone_whole_or_not_at_all(world: World) -> None:
    await world.put_student("kai")
    ana, kai = await world.complete("ana"), await world.complete("kai")
    selected = [{"progression_id": each} for each in (ana, kai)]
    await world.run("r1", selected, level_changes=[ana, kai], **HELD)
    await world.school.event("certificates.evt.issued", progression_id=kai)
    await world.complete("ana", "dolphin")
    assert await code(world, await undo(world, "r1")) == "completed_since"
    assert await world.settled(await world.mark("ana", "dolphin", swim=10)) == "accepted"
    assert await world.settled(await world.put_student("kai", "orca")) == "accepted"
    [reason] = await world.school.refusal(await undo(world, "r1"))
    assert reason["code"] == "student_moved"
    assert "Kai Ngata is not in Dolphin any more." in reason["message"]
    assert world.school.events("certificates.evt.withdrawn") == []
    await world.put_student("kai", "dolphin")
    assert await world.settled(await undo(world, "r1")) == "accepted"
    assert await world.pending_ids() == {ana, kai}


async def test_what_was_unticked_meanwhile_is_open_again_after_an_undo(world: World) -> None:
    ana = await world.complete("ana")
    await world.run("r1", [{"progression_id": ana}], email="none")
    await world.school.event("certificates.evt.issued")
    assert await world.settled(await world.mark("ana", float=False)) == "accepted"
    assert await world.settled(await undo(world, "r1")) == "accepted"
    await world.school.event("progress.evt.level_reopened", progression_id=ana)
    assert await world.pending_ids() == set()


async def test_one_that_could_not_be_printed_is_not_tried_again_after_an_undo(world: World) -> None:
    await world.put_student("kai", given_name=UNPRINTABLE)
    kai = await world.complete("kai")
    await world.run("r1", [{"progression_id": kai}], **HELD)

    async def failed() -> bool:
        return [row["state"] for row in (await run(world, "r1")).get("certificates", [])] == ["failed"]

    assert await world.school.until(failed)
    assert await world.settled(await undo(world, "r1")) == "accepted"
    [row] = (await run(world, "r1"))["certificates"]
    body = {"certificate_id": row["certificate_id"], "requested_by": "Mere"}
    assert await code(world, await world.school.command("certificates.cmd.retry", body)) == "not_failed"
    assert (await world.school.ask("progression.query.attention"))["certificates"] == []


async def test_a_preview_says_what_a_run_would_do_and_changes_nothing(world: World) -> None:
    await world.school.command("roster.cmd.put_family", {"family_id": "f2", "name": "Reed", "guardians": []})
    await world.put_student("kai", family_id="f2")
    await world.put_student("mia")
    ana, kai, mia = [await world.complete(student) for student in ("ana", "kai", "mia")]
    await world.run("r1", [{"progression_id": mia}], level_changes=[mia])
    await world.school.event("certificates.evt.issued")
    wanted = {
        "run_id": "r2",
        "requested_by": "Mere",
        "certificates": [{"progression_id": ana}, {"progression_id": mia}, {"progression_id": kai}],
        "level_changes": [mia, kai],
    }
    seen = await world.school.ask("progression.query.run_preview", wanted)
    assert {name: seen[name] for name in ("certificates", "students", "level_changes", "families")} == {
        "certificates": 2,
        "students": 2,
        "level_changes": 1,
        "families": 1,
    }
    assert [student["name"] for student in seen["without_address"]] == ["Kai Ngata"]
    assert [(each["part"], each["code"], each["student"]["name"]) for each in seen["obstacles"]] == [
        ("certificate", "already_issued", "Mia Ngata"),
        ("level_change", "already_changed", "Mia Ngata"),
    ]
    assert {each["taken"]["requested_by"] for each in seen["obstacles"]} == {"Office"}
    assert {each["taken"]["run_id"] for each in seen["obstacles"]} == {"r1"}
    assert await world.pending_ids() == {ana, kai}
    reasons = await world.school.refusal(await world.school.command("certificates.cmd.start_generation", wanted))
    assert [reason["path"] for reason in reasons] == ["certificates.1.progression_id", "level_changes.0"]
