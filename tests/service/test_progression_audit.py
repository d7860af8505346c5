"""The audit: who did what to which certificate, written down with what is done, and found again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

import asyncpg
import pytest

from contracts.envelope import wrap
from contracts.notification import Resent
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.progression_world import UNPRINTABLE, World, progression_world

Entry = dict[str, Any]
QUERY = "progression.query.audit"


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        yield world


async def audit(world: World, **asked: Any) -> list[Entry]:
    return list((await world.school.ask(QUERY, asked))["entries"])


def told(entries: list[Entry]) -> list[tuple[Any, ...]]:
    """What was done to whom, and by whom."""
    return [(entry["act"], entry["student"]["name"], entry.get("who")) for entry in entries]


async def issue_ad_hoc(world: World, certificate_id: str, student_id: str = "ana") -> str:
    body = {"certificate_id": certificate_id, "student_id": student_id, "layout_id": "noted", "teacher_id": "t1"}
    return await world.school.command("certificates.cmd.issue_ad_hoc", {**body, "requested_by": "Lucy Chen"})


async def act(world: World, name: str, certificate_id: str, **more: Any) -> str:
    body = {"certificate_id": certificate_id, "requested_by": "Mere Ngata", **more}
    return await world.settled(await world.school.command(f"certificates.cmd.{name}", body))


async def everything_was_done(world: World) -> None:
    """A run, an ad hoc certificate that is corrected twice and withdrawn, a level that issues by itself."""
    await world.run("r1", [{"progression_id": await world.complete("ana")}])
    await world.school.event("certificates.evt.issued", run_id="r1")
    await issue_ad_hoc(world, "a1")
    await world.school.event("certificates.evt.issued", certificate_id="a1")
    changes = {"recipient_name": "Anahera Ngata", "notes": "Ka pai", "issue_date": "2026-11-21", "teacher_id": "t2"}
    await act(world, "reissue", "a1", reason="Her full name", changes=changes)
    await world.school.event("certificates.evt.issued", certificate_id="a1", version=2)
    await act(world, "reissue", "a1", reason="No note", changes={"notes": ""})
    await world.school.event("certificates.evt.issued", certificate_id="a1", version=3)
    await act(world, "withdraw", "a1", reason="Given twice")
    await world.put_level("dolphin", 2, next_level_id="orca", layout_id="plain", auto_issue=True)
    await world.put_student("kai", "dolphin")
    await world.complete("kai", "dolphin")
    await world.school.event("certificates.evt.issued", student_id="kai")


DONE = [
    ("issued", "Kai Ngata", None),
    ("withdrawn", "Ana Ngata", "Mere Ngata"),
    ("reissued", "Ana Ngata", "Mere Ngata"),
    ("reissued", "Ana Ngata", "Mere Ngata"),
    ("issued_ad_hoc", "Ana Ngata", "Lucy Chen"),
    ("issued", "Ana Ngata", "Office"),
]


async def test_everything_that_is_done_to_a_certificate_is_there_with_who_did_it_newest_first(world: World) -> None:
    await everything_was_done(world)
    entries = await audit(world)
    assert told(entries) == DONE
    by_itself, withdrawn, second, first, ad_hoc, issued = entries
    assert by_itself["by_itself"] is True
    assert (withdrawn["reason"], second["reason"], first["reason"]) == ("Given twice", "No note", "Her full name")
    assert first["changes"] == [
        {"field": "recipient_name", "before": "Ana Ngata", "after": "Anahera Ngata"},
        {"field": "notes", "after": "Ka pai"},
        {"field": "issue_date", "before": ad_hoc_date(entries), "after": "2026-11-21"},
        {"field": "teacher", "before": "Tama Walker", "after": "Lucy Chen"},
    ]
    assert second["changes"] == [{"field": "notes", "before": "Ka pai"}]
    assert issued["run_id"] == "r1"
    assert ad_hoc["title"] == "Noted"
    assert [entry["certificate_id"] for entry in await audit(world, certificate_id="a1")] == ["a1"] * 4


def ad_hoc_date(entries: list[Entry]) -> str:
    """The date that the ad hoc certificate was issued on, as its first correction found it."""
    return str(entries[3]["changes"][2]["before"])


async def test_what_was_refused_and_what_was_repeated_leave_no_entry(world: World) -> None:
    command_id = await issue_ad_hoc(world, "a1")
    await world.school.event("certificates.evt.issued", certificate_id="a1")
    body = {"certificate_id": "a1", "student_id": "ana", "layout_id": "noted", "teacher_id": "t1"}
    await world.school.command("certificates.cmd.issue_ad_hoc", {**body, "requested_by": "Lucy Chen"}, command_id)
    assert await world.settled(await issue_ad_hoc(world, "a1")) == "refused"
    assert await act(world, "retry", "a1") == "refused"
    assert await act(world, "reissue", "a1", reason="Nobody", changes={"teacher_id": "t9"}) == "refused"
    assert told(await audit(world)) == [("issued_ad_hoc", "Ana Ngata", "Lucy Chen")]


async def test_a_certificate_that_was_tried_again_says_who_did(world: World) -> None:
    await world.put_student("kai", given_name=UNPRINTABLE)
    assert await world.settled(await issue_ad_hoc(world, "a1", "kai")) == "accepted"

    async def failed() -> bool:
        found = await world.school.ask("progression.query.certificate", {"certificate_id": "a1"})
        return bool(found["versions"][0]["state"] == "failed")

    await world.school.until(failed)
    assert await act(world, "retry", "a1") == "accepted"
    name = f"{UNPRINTABLE} Ngata"
    assert told(await audit(world)) == [("tried_again", name, "Mere Ngata"), ("issued_ad_hoc", name, "Lucy Chen")]


async def test_what_was_handed_out_or_mailed_again_is_there_once(world: World, nats_server: NatsServer) -> None:
    await issue_ad_hoc(world, "a1")
    await world.school.event("certificates.evt.issued", certificate_id="a1")
    for presented in (True, True, False):
        body = {"certificate_ids": ["a1"], "presented": presented, "requested_by": "Tama Walker"}
        assert await world.settled(await world.school.command("certificates.cmd.mark_presented", body)) == "accepted"
    notification = Bus("notification", nats_server.url("notification"), Metrics())
    await notification.start()
    resent = Resent(command_id="resend-1", certificate_id="a1", guardian_id="g1", requested_by="Mere Ngata")
    for message_id in ("said once", "said again"):
        await notification.publish(wrap(resent, SCHOOL_ID, source="/test/notification", message_id=message_id))
    other = resent.model_copy(update={"command_id": "resend-2", "requested_by": "Lucy Chen"})
    await notification.publish(wrap(other, SCHOOL_ID, source="/test/notification"))
    await notification.stop()

    async def second_is_there() -> bool:
        return (await audit(world))[0].get("who") == "Lucy Chen"

    await world.school.until(second_is_there)
    assert told(await audit(world)) == [
        ("mail_resent", "Ana Ngata", "Lucy Chen"),
        ("mail_resent", "Ana Ngata", "Mere Ngata"),
        ("not_handed_out", "Ana Ngata", "Tama Walker"),
        ("handed_out", "Ana Ngata", "Tama Walker"),
        ("issued_ad_hoc", "Ana Ngata", "Lucy Chen"),
    ]


async def test_it_is_searched_by_student_number_and_who_did_it_and_paged(world: World) -> None:
    for student_id in ("kai", "moana_1"):
        await world.put_student(student_id, preferred_name="Moana" if student_id == "moana_1" else None)
    for certificate_id, student_id in (("a1", "ana"), ("a2", "kai"), ("a3", "moana_1"), ("a4", "kai")):
        assert await world.settled(await issue_ad_hoc(world, certificate_id, student_id)) == "accepted"
    assert await act(world, "withdraw", "a2", reason="Given twice") == "accepted"
    number = (await audit(world, certificate_id="a3"))[0]["number"]

    async def found(search: str, **more: Any) -> list[str]:
        return [entry["certificate_id"] for entry in await audit(world, search=search, **more)]

    assert await found("KAI") == ["a2", "a4", "a2"]
    assert await found("moana ngata") == ["a3"]
    assert await found("mere") == ["a2"]
    assert await found(f" {number} ") == ["a3"]
    assert await found("%") == await found("_ana") == await found("nobody") == []
    assert await found("ngata") == ["a2", "a4", "a3", "a2", "a1"]

    pages, before = [], None
    for older in (True, True, False):
        page = await world.school.ask(QUERY, {"search": "ngata", "limit": 2, "before": before})
        pages += [entry["certificate_id"] for entry in page["entries"]]
        before = page["entries"][-1]["entry_id"]
        assert page["older"] is older
    assert pages == ["a2", "a4", "a3", "a2", "a1"]


async def test_an_entry_is_neither_changed_nor_taken_out(world: World, database: TestDatabase) -> None:
    await world.settled(await issue_ad_hoc(world, "a1"))
    connection = await connected(database)
    for statement in ("UPDATE audit SET who = 'Nobody'", "DELETE FROM audit"):
        with pytest.raises(asyncpg.RaiseError):
            await connection.execute(statement)
    await connection.close()


async def test_what_is_in_the_register_already_is_derived_as_far_as_it_is_known(
    world: World, database: TestDatabase
) -> None:
    await everything_was_done(world)
    written_down = await audit(world)
    connection = await connected(database)
    await connection.execute("DROP TABLE audit; DROP FUNCTION audit_is_kept")
    migration = files("services.progression.migrations").joinpath("0004_audit.sql")
    await connection.execute(migration.read_text())
    await connection.close()
    derived = await audit(world)
    assert told(derived) == [(act, name, None if act == "withdrawn" else who) for act, name, who in DONE]
    # A withdrawal has overwritten why the version that it found was made.
    unknown = {"entry_id", "at"}
    for before, after in zip(written_down, derived, strict=True):
        differs = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} - unknown
        lost = {"withdrawn": {"who"}, "reissued": {"reason"}}.get(after["act"], set())
        assert differs <= lost, after
    assert derived[3]["reason"] == "Her full name"


async def connected(database: TestDatabase) -> asyncpg.Connection[asyncpg.Record]:
    return await asyncpg.connect(database.url("progression"), server_settings={"search_path": "progression"})
