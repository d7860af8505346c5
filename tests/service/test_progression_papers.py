"""Papers as progression knows them: which were handed out, and what stands on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.school import SchoolSystem
from tests.service.progression_world import UNPRINTABLE, World, progression_world


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        yield world


async def issued(world: World, student_id: str, run_id: str, **more: Any) -> str:
    """The certificate of a student who completes a level, once it is issued."""
    await world.put_student(student_id, **more)
    await world.run(run_id, [{"progression_id": await world.complete(student_id)}])
    certificate_id: str = (await world.school.event("certificates.evt.issued", student_id=student_id))["certificate_id"]
    return certificate_id


async def mark(
    world: World, *ids: str, presented: bool = True, by: str = "Rangi", command_id: str | None = None
) -> str:
    body = {"certificate_ids": list(ids), "presented": presented, "requested_by": by}
    return await world.school.command("certificates.cmd.mark_presented", body, command_id)


async def waiting(world: World, **wanted: str) -> list[str]:
    """The students of those that nobody has handed out."""
    answer = await world.school.ask("progression.query.not_presented", wanted)
    return sorted(row["student"]["student_id"] for row in answer["certificates"])


async def presented_at(world: World, run_id: str) -> list[str | None]:
    run = await world.school.ask("progression.query.run", {"run_id": run_id})
    return [row.get("presented_at") for row in run["certificates"]]


async def test_a_certificate_is_on_the_list_until_it_is_handed_out(world: World) -> None:
    ana = await issued(world, "ana", "r1", class_name="Tuesday 4 pm", venue_id="perth")
    bo = await issued(world, "bo", "r2", class_name="Friday 9 am")
    assert await waiting(world) == ["ana", "bo"]
    for wanted in ({"class_name": "Friday 9 am"}, {"run_id": "r2"}):
        assert await waiting(world, **wanted) == ["bo"]
    assert await waiting(world, venue_id="perth") == ["ana"]
    assert await waiting(world, teacher_id="t1") == ["ana", "bo"]
    assert await waiting(world, teacher_id="t2") == []

    assert await world.settled(await mark(world, ana, bo)) == "accepted"
    assert await waiting(world) == []
    [at] = await presented_at(world, "r1")
    assert at is not None
    # Ticked once more, it is the same; who ticked first stays.
    assert await world.settled(await mark(world, ana, by="Mere")) == "accepted"
    assert await presented_at(world, "r1") == [at]

    assert await world.settled(await mark(world, ana, presented=False)) == "accepted"
    assert await waiting(world) == ["ana"]
    assert await presented_at(world, "r1") == [None]
    run = await world.school.ask("progression.query.run", {"run_id": "r1"})
    assert run["certificates"][0]["teacher"] == {"teacher_id": "t1", "name": "Tama Walker"}


async def test_a_tick_is_one_command_however_often_it_arrives(world: World) -> None:
    ana = await issued(world, "ana", "r1")
    assert await world.settled(await mark(world, ana, command_id="touch-1")) == "accepted"
    assert await world.settled(await mark(world, ana, presented=False)) == "accepted"
    await mark(world, ana, command_id="touch-1")
    await world.school.refusal(await mark(world, "nobody"))
    assert await presented_at(world, "r1") == [None]


async def test_what_does_not_stand_is_refused_whole_and_says_which(world: World) -> None:
    ana, bo = await issued(world, "ana", "r1"), await issued(world, "bo", "r2")
    await world.school.command(
        "certificates.cmd.withdraw", {"certificate_id": bo, "reason": "wrong", "requested_by": "Office"}
    )
    await world.school.event("certificates.evt.withdrawn")
    reasons = await world.school.refusal(await mark(world, ana, bo, "nobody"))
    assert [(reason["code"], reason["path"]) for reason in reasons] == [
        ("not_issued", "certificate_ids.1"),
        ("unknown_certificate", "certificate_ids.2"),
    ]
    assert "Certificate 2026-000002" in reasons[0]["message"]
    assert await presented_at(world, "r1") == [None]
    assert await waiting(world) == ["ana"]


async def test_a_correction_has_to_be_handed_out_anew(world: World) -> None:
    ana = await issued(world, "ana", "r1")
    await world.settled(await mark(world, ana))
    body = {"certificate_id": ana, "reason": "typo", "requested_by": "Office", "changes": {"recipient_name": "Anna"}}
    await world.school.command("certificates.cmd.reissue", body)
    await world.school.event("certificates.evt.issued", version=2)
    assert await waiting(world) == ["ana"]
    assert await presented_at(world, "r1") == [None]


async def test_what_was_issued_before_this_was_followed_is_on_no_list_until_somebody_says_so(
    world: World, database: TestDatabase
) -> None:
    ana = await issued(world, "ana", "r1")
    connection = await asyncpg.connect(database.url("progression"), server_settings={"search_path": "progression"})
    await connection.execute("UPDATE certificate_version SET presenting_known = false")
    assert await waiting(world) == []
    assert await world.settled(await mark(world, ana, presented=False)) == "accepted"
    assert await waiting(world) == ["ana"]
    await connection.close()


async def test_the_prints_are_what_stands_on_the_papers_that_stand(world: World) -> None:
    ana = await issued(world, "ana", "r1")
    await world.put_student("una", given_name=UNPRINTABLE)
    await world.run("r2", [{"progression_id": await world.complete("una")}])
    answer = await world.school.ask("progression.query.prints", {"certificate_ids": [ana, "nobody"]})
    [found] = answer["prints"]
    assert (found["certificate_id"], found["version"]) == (ana, 1)
    assert found["layout"] == {"layout_id": "noted", "layout_version": 1}
    assert found["fields"] == next(one.fields for one in world.rendering.asked if one.certificate_id == ana)
    assert found["fields"]["recipient_name"].startswith(f"{found['first_name']} ")
    assert answer["pupil"] == "A student"
    too_many = {"certificate_ids": [f"c{n}" for n in range(101)]}
    assert (await world.school.ask("progression.query.prints", too_many))["error"]["code"] == "unreadable"


async def test_a_school_says_what_it_calls_a_child_without_naming_it(world: World) -> None:
    school = {"name": "Kauri Coast", "time_zone": "Pacific/Auckland", "pupil": "A swimmer"}
    assert await world.settled(await world.school.command("roster.cmd.put_school", school)) == "accepted"
    answer = await world.school.ask("progression.query.prints", {"certificate_ids": ["nobody"]})
    assert answer == {"prints": [], "pupil": "A swimmer"}
