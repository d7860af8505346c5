"""A child is erased in progression, with the other services played: told twice, and seen through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts.envelope import new_id, wrap
from contracts.erasure import Confirmed, NotificationErased, PortalErased, RenderingErased, WebhooksErased
from deploy.cli import _parser
from deploy.embedded.nats import NatsServer
from deploy.erasures_command import NotErased
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.progression import attention, erasing
from tests.conftest import TestDatabase
from tests.everything_kept import messages, rows, telling
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.progression_world import World, progression_world
from tests.waiting import eventually

ANSWERS: dict[str, type[Confirmed]] = {
    "portal": PortalErased,
    "notification": NotificationErased,
    "rendering": RenderingErased,
    "webhooks": WebhooksErased,
}
AD_HOC = {"layout_id": "plain", "teacher_id": "t1", "requested_by": "Office"}


@pytest.fixture
async def world(
    nats_server: NatsServer, database: TestDatabase, school: SchoolSystem, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr(erasing, "SECOND_ROUND_AFTER", timedelta(seconds=0.5))
    async with progression_world(nats_server, database, school, reconcile_after_s=0.5) as world:
        yield world


@pytest.fixture
async def buses(nats_server: NatsServer) -> AsyncIterator[dict[str, Bus]]:
    found = {}
    async with AsyncExitStack() as stack:
        for service in (*ANSWERS, "progression"):
            found[service] = Bus(service, nats_server.url(service), Metrics())
            await found[service].start()
            stack.push_async_callback(found[service].stop)
        yield found


async def confirm(buses: dict[str, Bus], event: dict[str, Any], *services: str) -> None:
    """What these services answer to `erased`."""
    for service in services or ANSWERS:
        body = ANSWERS[service](erasure_id=event["erasure_id"], round=event["round"], removed={"things": 1})
        await buses[service].publish(wrap(body, SCHOOL_ID, source=f"/test/{service}"))


async def receipt(world: World, erasure_id: str) -> dict[str, Any] | None:
    found = (await world.school.ask("progression.query.erasures", {"erasure_id": erasure_id}))["erasures"]
    return found[0] if found else None


async def erase(world: World, student_id: str, **more: Any) -> str:
    """The receipt's id, once it is there."""
    erasure_id = new_id()
    body = {"student_id": student_id, "requested_by": "Moana", "erasure_id": erasure_id, **more}
    assert await world.settled(await world.school.command("roster.cmd.erase_student", body)) == "accepted"
    return erasure_id


async def see_through(world: World, buses: dict[str, Bus], erasure_id: str) -> dict[str, Any]:
    """Everybody confirms, twice; the receipt."""
    for round_ in (1, 2):
        told = await world.school.event("certificates.evt.erased", erasure_id=erasure_id, round=round_)
        await confirm(buses, told)

    async def complete() -> dict[str, Any] | None:
        found = await receipt(world, erasure_id)
        return found if found and found.get("completed_at") else None

    return await eventually(complete, what="the receipt is complete")


async def where(database: TestDatabase, buses: dict[str, Bus], *words: str) -> list[str]:
    """In which tables and streams the words still stand."""
    kept = [each async for each in rows(database.superuser_url)]
    kept += [each async for each in messages(buses["progression"].jetstream)]
    return telling(kept, *words)


async def issued(world: World, student_id: str, certificate_id: str) -> dict[str, Any]:
    body = {"student_id": student_id, "certificate_id": certificate_id, **AD_HOC}
    await world.school.command("certificates.cmd.issue_ad_hoc", body)
    return await world.school.event("certificates.evt.issued", certificate_id=certificate_id)


async def test_an_erased_child_stands_nowhere_any_more_and_the_sibling_stays(
    world: World, database: TestDatabase, buses: dict[str, Bus]
) -> None:
    command = world.school.command
    await world.settled(await world.put_student("ben"))
    await world.complete("ben")
    progression_id = await world.complete("ana")
    await world.run("r1", [{"progression_id": progression_id}])
    await world.school.event("certificates.evt.issued", progression_id=progression_id)
    await issued(world, "ana", "hers")
    await issued(world, "ben", "his")
    reissue = {"certificate_id": "hers", "reason": "Ana Ngata is called Anahera", "requested_by": "Office"}
    await command("certificates.cmd.reissue", {**reissue, "changes": {"recipient_name": "Anahera Ngata"}})
    await world.school.event("certificates.evt.replaced", certificate_id="hers")
    refused = await command("roster.cmd.set_preferred_name", {"student_id": "anahera", "preferred_name": "Ana Ngata"})
    await world.school.refusal(refused)
    # What nobody could read was kept aside.
    await command("progress.cmd.record_marks", b'{"student_id": "ana", "said": "Ana Ngata"')

    async def kept_aside() -> bool:
        return "DEAD_LETTERS" in str(await where(database, buses, "Ana Ngata"))

    await eventually(kept_aside)
    done = await see_through(world, buses, await erase(world, "ana", reason="The parents asked"))

    assert done["removed"]["certificate versions"] == 3
    assert done["removed"]["marks"] == 2
    assert "families" not in done["removed"]
    assert done["messages"] > 5
    assert [each["removed"] for each in done["confirmations"]] == [{"things": 2}] * len(ANSWERS)
    assert await where(database, buses, "Ana Ngata", "Anahera", "Ana ", '"Ana"', progression_id) == []
    # The ids are said once more: to the school's other systems, which know them.
    assert await where(database, buses, '"ana"', "hers") == [f"EVENTS certificates.evt.erased.v1.{SCHOOL_ID}"]
    page = await world.school.ask("progression.query.student", {"student_id": "ben"})
    assert [each["certificate_id"] for each in page["certificates"]] == ["his"]
    assert page["guardians"] == ["Mere Ngata"]
    assert await where(database, buses, "Ben Ngata")


async def test_with_the_last_child_the_family_goes_and_what_comes_late_is_refused(
    world: World, database: TestDatabase, buses: dict[str, Bus]
) -> None:
    await issued(world, "ana", "hers")
    done = await see_through(world, buses, await erase(world, "ana"))
    assert (done["removed"]["families"], done["removed"]["guardians"]) == (1, 1)
    told = world.school.events("certificates.evt.erased")[0]
    assert (told["family_id"], told["guardian_ids"]) == ("f1", ["g1"])
    assert await where(database, buses, "mere@example.com", "Mere Ngata") == []

    late = {
        await world.mark("ana"): "unknown_student",
        await world.school.command(
            "roster.cmd.erase_student", {"student_id": "ana", "requested_by": "Moana"}
        ): "unknown_student",
        await world.school.command(
            "certificates.cmd.withdraw", {"certificate_id": "hers", "reason": "late", "requested_by": "Office"}
        ): "unknown_certificate",
    }
    for command_id, code in late.items():
        [reason] = await world.school.refusal(command_id)
        assert reason["code"] == code
    assert await where(database, buses, "Ana Ngata") == []


async def test_an_id_of_an_erased_certificate_is_never_used_again(world: World, buses: dict[str, Bus]) -> None:
    await world.settled(await world.put_student("ben"))
    await issued(world, "ana", "hers")
    await erase(world, "ana")
    body = {"student_id": "ben", "certificate_id": "hers", **AD_HOC}
    [reason] = await world.school.refusal(await world.school.command("certificates.cmd.issue_ad_hoc", body))
    assert reason["code"] == "certificate_exists"


async def test_a_paper_that_is_printed_late_is_erased_once_more(world: World, buses: dict[str, Bus]) -> None:
    world.rendering.printing.clear()
    body = {"student_id": "ana", "certificate_id": "hers", **AD_HOC}
    await world.school.command("certificates.cmd.issue_ad_hoc", body)

    async def in_hand() -> bool:
        return bool(world.rendering.heard)

    await eventually(in_hand)
    done = await see_through(world, buses, await erase(world, "ana"))
    world.rendering.printing.set()
    again = await world.school.event("certificates.evt.erased", round=3)
    assert again["erasure_id"] == done["erasure_id"]
    assert again["certificate_ids"] == ["hers"]
    assert "student_id" not in again
    assert world.school.events("certificates.evt.issued") == []


async def test_who_does_not_confirm_is_told_again_and_stands_on_the_list(
    world: World, buses: dict[str, Bus], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "STUCK_AFTER", timedelta(0))
    erasure_id = await erase(world, "ana")
    told = await world.school.event("certificates.evt.erased", erasure_id=erasure_id)
    await confirm(buses, told, "portal", "rendering", "webhooks")

    async def told_again() -> bool:
        return len(world.school.events("certificates.evt.erased", erasure_id=erasure_id, round=1)) >= 2

    await eventually(told_again)

    async def only_notification() -> bool:
        [trouble] = (await world.school.ask("progression.query.attention"))["erasures"]
        return "by: notification." in trouble["reason"]["message"]

    await eventually(only_notification)
    await confirm(buses, told, "notification")
    assert (await see_through(world, buses, erasure_id))["completed_at"]
    assert (await world.school.ask("progression.query.attention"))["erasures"] == []


@pytest.mark.parametrize("reason", ["Ana left", "asked by the parents of ANA", "the Ngata family moved"])
async def test_a_reason_that_names_the_child_is_refused_and_nothing_is_erased(world: World, reason: str) -> None:
    body = {"student_id": "ana", "requested_by": "Moana", "reason": reason}
    [refusal] = await world.school.refusal(await world.school.command("roster.cmd.erase_student", body))
    assert refusal["code"] == "reason_names_the_child"
    assert (await world.school.ask("progression.query.student", {"student_id": "ana"}))["family_name"] == "Ngata"


async def test_the_same_erasure_twice_is_one(world: World) -> None:
    body = {"student_id": "ana", "requested_by": "Moana", "erasure_id": new_id()}
    for _ in range(2):
        await world.settled(await world.school.command("roster.cmd.erase_student", body, command_id="once"))
    assert len((await world.school.ask("progression.query.erasures"))["erasures"]) == 1


async def test_all_that_is_held_about_a_family_is_told_in_words(world: World) -> None:
    await issued(world, "ana", "hers")
    told = await world.school.ask("progression.query.family_export", {"family_id": "f1"})
    held = {table["title"]: table["rows"] for table in told["tables"]}
    assert held["guardians"][0]["email"] == "mere@example.com"
    assert held["students"][0]["given name"] == "Ana"
    assert held["certificate versions"][0]["recipient name"] == "Ana Ngata"
    assert (told["certificate_ids"], told["guardian_ids"]) == (["hers"], ["g1"])
    assert [paper["certificate_id"] for paper in told["papers"]] == ["hers"]
    unknown = await world.school.ask("progression.query.family_export", {"family_id": "f9"})
    assert unknown["error"]["code"] == "unknown_family"


async def test_who_is_back_from_a_backup_is_found_by_the_receipts_and_erased_again(
    world: World,
    nats_server: NatsServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LAUREL_NATS_URL", nats_server.url("school"))
    monkeypatch.setenv("LAUREL_SCHOOL", SCHOOL_ID)

    async def laurel(*arguments: str) -> str:
        asked = _parser().parse_args(["erasures", *arguments])
        assert await asked.run(asked) == 0
        return capsys.readouterr().out

    await world.settled(await world.put_student("ben"))
    await erase(world, "ana")
    kept = tmp_path / "erasures.json"
    kept.write_text(await laurel("list"))
    assert '"ana"' not in kept.read_text()
    assert await laurel("repeat", str(kept)) == ""
    await world.settled(await world.put_student("ana"))
    assert await laurel("repeat", str(kept)) == "ana\n"
    assert await laurel("repeat", str(kept), "--erase") == "ana\n"
    assert await laurel("repeat", str(kept)) == ""
    kept.write_text("{}")
    with pytest.raises(NotErased, match="not what `laurel erasures list` wrote"):
        await laurel("repeat", str(kept))


async def test_an_entry_of_the_audit_is_deleted_by_nobody_else(world: World, database: TestDatabase) -> None:
    await issued(world, "ana", "hers")
    connection = await asyncpg.connect(database.url("progression"))
    with pytest.raises(asyncpg.RaiseError, match="neither changed nor taken out"):
        await connection.execute("DELETE FROM progression.audit")
    await connection.close()
