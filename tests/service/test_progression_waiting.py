"""What waits, with what deserves a look before it goes out, and how it would be printed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.school import SchoolSystem
from tests.service.progression_world import PORTAL, World, progression_world


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        yield world


async def preview(world: World, progression_id: str, **wishes: Any) -> dict[str, Any]:
    return await world.school.ask("progression.query.preview", {"progression_id": progression_id, **wishes})


async def test_a_row_says_who_is_mailed_and_what_stands_in_its_way(world: World) -> None:
    await world.complete("ana")
    [row] = (await world.pending())["certificates"]
    assert (row["guardians"], row["warnings"]) == (1, [])

    await world.school.command("roster.cmd.put_family", {"family_id": "f1", "name": "Ngata", "guardians": []})
    renamed = await world.put_student("ana", preferred_name="Anahera " * 9)
    assert await world.settled(renamed) == "accepted"
    [row] = (await world.pending())["certificates"]
    assert row["guardians"] == 0
    nobody, too_long = row["warnings"]
    assert (nobody["code"], nobody["stops"]) == ("no_guardian", False)
    assert (too_long["code"], too_long["field"], too_long["stops"]) == ("too_long", "recipient_name", True)
    assert "has room for 60" in too_long["message"]

    # The warning tells what a run would be told.
    refused = await world.run("r1", [{"progression_id": row["progression_id"]}])
    assert [reason["code"] for reason in await world.school.refusal(refused)] == ["too_long"]


async def test_what_waits_is_found_by_weekday_and_by_progression(world: World) -> None:
    await world.put_student("ana", weekday="tuesday", class_name="Tuesday 4 pm")
    await world.put_student("kai", weekday="saturday")
    ana, kai = await world.complete("ana"), await world.complete("kai")
    tuesday = await world.pending(weekday="tuesday")
    assert [row["progression_id"] for row in tuesday["certificates"]] == [ana]
    assert [row["student"]["weekday"] for row in tuesday["level_changes"]] == ["tuesday"]
    assert tuesday["level_changes"][0]["teacher"]["name"] == "Tama Walker"
    one = await world.pending(progression_ids=[kai])
    assert [row["student"]["given_name"] for row in one["certificates"] + one["level_changes"]] == ["Kai", "Kai"]
    assert (await world.pending(progression_ids=[]))["certificates"] == []


async def test_a_preferred_name_is_set_and_taken_back_and_stands_on_the_certificate(world: World) -> None:
    progression_id = await world.complete("ana")
    rename = {"student_id": "ana", "preferred_name": " Anahera "}
    command_id = await world.school.command("roster.cmd.set_preferred_name", rename)
    assert await world.settled(command_id) == "accepted"
    [row] = (await world.pending())["certificates"]
    assert (row["student"]["name"], row["student"]["preferred_name"]) == ("Anahera Ngata", "Anahera")

    back = await world.school.command("roster.cmd.set_preferred_name", {"student_id": "ana", "preferred_name": None})
    assert await world.settled(back) == "accepted"
    assert (await world.pending())["certificates"][0]["student"]["name"] == "Ana Ngata"
    # The same command once more is the one that was acted on.
    await world.school.command("roster.cmd.set_preferred_name", rename, command_id)
    await world.settled(
        await world.school.command("roster.cmd.set_preferred_name", {"student_id": "ana", "preferred_name": "Annie"})
    )
    await world.run("r1", [{"progression_id": progression_id}])
    assert (await world.school.event("certificates.evt.issued"))["recipient_name"] == "Annie Ngata"

    nobody = await world.school.command("roster.cmd.set_preferred_name", {"student_id": "nobody"})
    assert [reason["code"] for reason in await world.school.refusal(nobody)] == ["unknown_student"]


async def test_a_preview_says_what_would_be_frozen_and_changes_nothing(world: World) -> None:
    progression_id = await world.complete("ana")
    wishes = {"notes": "Ka pai!", "teacher_id": "t2", "issue_date": "2026-11-24"}
    found = await preview(world, progression_id, **wishes)
    assert found["layout"] == {"layout_id": "noted", "layout_version": 1}
    assert found["placeholders"] == ["number", "verify_url"]
    await world.run(
        "r1", [{"progression_id": progression_id, "notes": "Ka pai!", "teacher_id": "t2"}], issue_date="2026-11-24"
    )
    await world.school.event("certificates.evt.issued")
    [issued] = world.rendering.asked
    frozen = dict(issued.fields)
    assert frozen.pop("number") == "2026-000001"
    assert found["fields"].pop("number") == "0000-000000"
    assert frozen.pop("verify_url") != found["fields"].pop("verify_url") == f"{PORTAL}/verify/preview"
    assert found["fields"] == frozen
    assert (await preview(world, progression_id))["error"]["code"] == "unknown_progression"


async def test_what_could_not_be_issued_has_no_preview_but_a_reason(world: World) -> None:
    progression_id = await world.complete("ana")
    too_long = await preview(world, progression_id, notes="x" * 41)
    assert (too_long["error"]["code"], "has room for 40" in too_long["error"]["message"]) == ("too_long", True)
    assert (await preview(world, progression_id, teacher_id="t9"))["error"]["code"] == "unknown_teacher"
    await world.put_student("kai", "orca")
    blocked = await preview(world, await world.complete("kai", "orca"))
    assert (blocked["error"]["code"], "no certificate layout" in blocked["error"]["message"]) == ("no_layout", True)
