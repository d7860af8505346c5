"""An import into progression: all of it in one transaction, or nothing, with the lines named; and `laurel import`."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import _parser
from deploy.embedded.nats import NatsServer
from deploy.import_command import NotImported
from services.staff.importing import File, read
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.progression_world import World, progression_world

IMPORT = "roster.cmd.import"
CHECK = "progression.query.import_check"
FLOATS = {"skill_id": "float", "name": "Floats on back", "kind": "tick"}
BEN = {"student_id": "ben", "family_id": "f2", "given_name": "Ben", "family_name": "Chen", "level_id": "whale"}
CHEN = {
    "family_id": "f2",
    "name": "Chen",
    "guardians": [{"guardian_id": "g1", "name": "Lucy", "email": "lucy@example.com"}],
}
WHALE = {"level_id": "whale", "name": "Whale", "position": 0, "skills": [FLOATS]}
ALL_NEW = {
    "levels": [WHALE],
    "teachers": [{"teacher_id": "t9", "name": "Mei Lin"}],
    "families": [CHEN],
    "students": [BEN],
    "keeps": {"levels": ["position"]},
}


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        yield world


async def imported(world: World, **body: Any) -> str:
    return await world.settled(await world.school.command(IMPORT, body))


async def everybody(world: World) -> dict[str, Any]:
    """All that the records hold, by kind."""
    found = {}
    for kind in ("levels", "teachers", "families", "students"):
        page = await world.school.ask("progression.query.roster", {"kind": kind})
        found[kind] = page[kind]
    return found


async def test_a_whole_school_comes_in_one_command(world: World) -> None:
    before = await everybody(world)
    check = await world.school.ask(CHECK, ALL_NEW)
    assert [(count["kind"], count["new"]) for count in check["counts"]] == [
        ("levels", 1),
        ("teachers", 1),
        ("families", 1),
        ("students", 1),
    ]
    assert await everybody(world) == before
    assert await imported(world, **ALL_NEW) == "accepted"
    after = await everybody(world)
    assert after["levels"][-1] == {**WHALE, "position": 4, "auto_issue": False}
    assert (CHEN in after["families"], BEN in after["students"]) == (True, True)
    assert {"teacher_id": "t9", "name": "Mei Lin"} in after["teachers"]
    # Whoever is not in it stays.
    assert all(one in after[kind] for kind in before for one in before[kind])
    again = await world.school.ask(CHECK, ALL_NEW)
    assert again["changes"] == []
    assert [count["same"] for count in again["counts"]] == [1, 1, 1, 1]


async def test_one_bad_line_keeps_all_the_others_out(world: World) -> None:
    before = await everybody(world)
    lost = {**BEN, "student_id": "lost", "family_id": "f9", "venue_id": "nowhere"}
    body = {
        **ALL_NEW,
        "students": [BEN, lost],
        "origins": {"students": {"file": "students.csv", "lines": [2, 7]}},
    }
    reasons = await world.school.refusal(await world.school.command(IMPORT, body))
    assert [(reason["code"], reason["path"]) for reason in reasons] == [
        ("unknown_family", "students.1.family_id"),
        ("unknown_venue", "students.1.venue_id"),
    ]
    assert reasons[0]["message"].startswith("students.csv, line 7: There is no family “f9”.")
    assert (await world.school.ask(CHECK, body))["problems"] == reasons
    assert await everybody(world) == before


async def test_what_an_import_changes_is_decided_at_once(world: World) -> None:
    """Who has every skill of the level that they are put into, or that is left of theirs, has completed it."""
    await world.mark("ana", "dolphin")
    ana = {"student_id": "ana", "family_id": "f1", "given_name": "Ana", "family_name": "Ngata", "level_id": "dolphin"}
    assert await imported(world, students=[ana]) == "accepted"
    completed = await world.school.event("progress.evt.level_completed", student_id="ana")
    assert completed["level_id"] == "dolphin"

    dive = {"skill_id": "dive", "name": "Dives", "kind": "tick"}
    dolphin = {"level_id": "dolphin", "name": "Dolphin", "position": 2, "skills": [FLOATS, dive]}
    keeps = {"levels": ["name", "position", "layout_id", "next_level_id", "auto_issue"]}
    assert await imported(world, levels=[dolphin], keeps=keeps) == "accepted"
    await world.school.event("progress.evt.level_reopened", student_id="ana")
    [used] = [
        each
        for each in (await world.school.ask("progression.query.levels"))["levels"]
        if each["level"]["level_id"] == "dolphin"
    ]
    assert (used["students"], used["waiting"], used["level"]["layout_id"]) == (1, 0, "plain")
    assert used["level"]["skills"] == [FLOATS, dive]


async def test_five_thousand_students_are_checked_and_imported_in_seconds(world: World) -> None:
    families = "family_id,family_name,guardian_1_name,guardian_1_email,guardian_2_name,guardian_2_email\n" + "".join(
        f"f{n},Family {n},Mere {n},mere{n}@example.org,Tama {n},tama{n}@example.org\n" for n in range(5000)
    )
    students = "student_id,family_id,given_name,family_name,level_id,class_name\n" + "".join(
        f"s{n},f{n},Given {n},Family {n},seahorse,Class {n % 200}\n" for n in range(5000)
    )
    command = read([File("families.csv", families.encode()), File("students.csv", students.encode())]).command
    started = time.monotonic()
    check = await world.school.ask(CHECK, json.loads(command.json_bytes()))
    checked = time.monotonic()
    assert sum(count["new"] for count in check["counts"]) == 9999
    assert (len(check["changes"]), check["changes_left_out"]) == (200, 9800)
    command_id = await world.school.command(IMPORT, command.json_bytes())
    assert await world.settled(command_id) == "accepted"
    done = time.monotonic()
    # On a machine that does many other things meanwhile: alone it is a tenth of it.
    assert (checked - started, done - checked) < (5.0, 20.0)
    assert done - checked < 20.0
    page = await world.school.ask("progression.query.roster", {"kind": "students"})
    rest = await world.school.ask("progression.query.roster", {"kind": "students", "after": page["next_after"]})
    assert (len(page["students"]), len(rest["students"])) == (2000, 2000)
    assert rest["students"][0]["student_id"] > page["students"][-1]["student_id"]


async def test_the_command_line_reads_checks_and_imports_the_same_files(
    world: World,
    nats_server: NatsServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LAUREL_NATS_URL", nats_server.url("school"))
    monkeypatch.setenv("LAUREL_SCHOOL", SCHOOL_ID)
    students, families = tmp_path / "students.csv", tmp_path / "families.csv"
    students.write_text("student_id,family_id,first name,surname\nana,f1,Ana,Ngata-Chen\nben,f2,Ben,Chen\n")

    async def laurel(*arguments: str) -> int:
        asked = _parser().parse_args(["import", *arguments])
        result: int = await asked.run(asked)
        return result

    with pytest.raises(NotImported, match="1 places need mending"):
        await laurel(str(students))
    assert "students.csv, line 3: There is no family “f2”." in capsys.readouterr().out
    families.write_text("family_id;name;email\nf2;Chen;nobody\n")
    with pytest.raises(NotImported):
        await laurel(str(students), str(families))
    assert "mend     families.csv, line 2, email: “nobody” is no e-mail address." in capsys.readouterr().out
    families.write_text("family_id;name;email\nf2;Chen;lucy@example.com\n")
    assert await laurel(str(students), str(families), "--dry-run") == 0
    said = capsys.readouterr().out
    assert "changed  students ana: Ana Ngata-Chen: family_name Ngata → Ngata-Chen" in said
    assert "students: 1 new, 1 changed, 0 the same" in said
    assert "nothing was changed" in said
    assert await laurel(str(students), str(families)) == 0
    assert capsys.readouterr().out.endswith("imported\n")
    assert await laurel(str(students), str(families)) == 0
    assert "there is nothing to import" in capsys.readouterr().out
    ana = (await world.school.ask("progression.query.student", {"student_id": "ana"}))["progress"]
    assert (ana["student"]["name"], ana["level"]["level_id"]) == ("Ana Ngata-Chen", "seahorse")
    with pytest.raises(NotImported, match=r"No such file"):
        await laurel(str(tmp_path / "nothing.csv"))
