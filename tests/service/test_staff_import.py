"""Import: what would change is seen first, then all of it is one command, and the files are not kept."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from contracts.catalogue import IMPORT_CHECK, ROSTER
from contracts.commands import RefusalReason
from contracts.roster import Guardian, PutFamily
from contracts.roster_queries import ImportCheck, RosterPage
from deploy.embedded.nats import NatsServer
from services.staff.importing import File, read
from tests.conftest import TestDatabase
from tests.service.html_forms import form
from tests.service.staff_ladder import CHECK, NO_FAMILY
from tests.service.staff_web import StaffWeb, put_rangi, staff_web

IMPORT = "roster.cmd.import"
STUDENTS = "student_id,family_id,first name,surname\ns1,f1,Aroha,Ngata\ns2,f9,Sinéad,O'Brien\n"
FAMILIES = "family_id;name;guardian_1_name;email\r\nf1;Ngata;Mere;mere@example.org\r\n"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        running_web.neighbours.know(IMPORT_CHECK, CHECK)
        yield running_web


async def choose(web: StaffWeb, **files: str) -> httpx.Response:
    shown = form(await web.browser.open("/import"), "files")
    return await web.browser.client.post(
        "/import",
        data={"form_token": shown.fields["form_token"]},
        files=[("files", (f"{name}.csv", text.encode(), "text/csv")) for name, text in files.items()],
    )


async def press_import(web: StaffWeb, address: str) -> httpx.Response:
    page = await web.browser.open(address)
    token = form(page, "form_token").fields["form_token"]
    return await web.browser.client.post(address, data={"form_token": token})


async def sign_in_as(web: StaffWeb, username: str) -> None:
    web.browser.client.cookies.clear()
    await web.browser.sign_in(username)


async def kept(database: TestDatabase) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database.url("staff"))
    try:
        rows: list[asyncpg.Record] = await connection.fetch("SELECT body, expires_at - now() AS left FROM upload")
        return rows
    finally:
        await connection.close()


async def test_files_are_checked_shown_and_imported_as_one_command(web: StaffWeb, database: TestDatabase) -> None:
    checked = await choose(web, students=STUDENTS, families=FAMILIES)
    address = checked.headers["location"]
    page = await web.browser.open(address)
    for words in ("Friday 5 pm", "Tuesday 4 pm", "Sinéad O&#39;Brien", "Mere Ngata &lt;mere@example.org&gt;"):
        assert words in page
    assert "Import 2 changes" in page
    assert web.neighbours.told(IMPORT) == []
    [waiting] = await kept(database)
    assert waiting["left"].total_seconds() <= 3600

    assert "Imported" not in page
    for _ in range(2):
        answer = await press_import(web, address)
        assert answer.headers["location"] == address
        done = await web.browser.open(address)
        assert "1 family: 1 new, 0 changed (140 were the same already)" in done
    [told] = web.neighbours.told(IMPORT)
    assert [student["student_id"] for student in told["students"]] == ["s1", "s2"]
    assert told["families"][0]["guardians"] == [{"guardian_id": "g1", "name": "Mere", "email": "mere@example.org"}]
    assert told["keeps"]["students"] == ["preferred_name", "level_id", "class_name", "venue_id", "weekday"]
    assert told["origins"]["students"] == {"file": "students.csv", "lines": [2, 3]}
    assert told["requested_by"] == "Rangi Patel"
    [gone] = await kept(database)
    assert gone["body"] is None


async def test_every_bad_line_is_shown_and_nothing_can_be_imported(web: StaffWeb, database: TestDatabase) -> None:
    web.neighbours.know(IMPORT_CHECK, CHECK.model_copy(update={"problems": (NO_FAMILY,)}))
    answer = await choose(web, students=STUDENTS + ",f1,Ben,\n", families=FAMILIES + "f9;Ngata;;nobody\r\n")
    assert answer.status_code == 422
    for words in ("students.csv, line 4", "families.csv, line 3", "“nobody” is no e-mail address.", "surname"):
        assert words in answer.text
    # The family that is missed stands on a bad line: mended, it is there.
    assert "There is no family" not in answer.text
    assert "What the other lines would change" in answer.text
    assert "Import 2 changes" not in answer.text
    assert await kept(database) == []


async def test_what_the_records_object_to_is_shown_with_its_line_before_anything_is_pressed(web: StaffWeb) -> None:
    web.neighbours.know(IMPORT_CHECK, CHECK.model_copy(update={"problems": (NO_FAMILY,)}))
    checked = await choose(web, students=STUDENTS)
    page = await web.browser.open(checked.headers["location"], 422)
    assert "students.csv, line 3" in page
    assert "There is no family “f9”." in page
    assert "Import 2 changes" not in page


async def test_a_refused_import_shows_why_and_the_files_are_chosen_anew(web: StaffWeb) -> None:
    address = (await choose(web, students=STUDENTS)).headers["location"]
    web.neighbours.refusals = [RefusalReason(code="unknown_level", message="students.csv, line 2: There is no level.")]
    await press_import(web, address)
    for _ in range(2):
        page = await web.browser.open(address)
        assert "Not imported" in page
        assert "students.csv, line 2: There is no level." in page
        assert "Choose the files again" in page


async def test_files_without_a_change_leave_nothing_to_press(web: StaffWeb) -> None:
    same = CHECK.counts[0].model_copy(update={"new": 0})
    web.neighbours.know(IMPORT_CHECK, ImportCheck(counts=(same,), changes=(), problems=()))
    address = (await choose(web, families=FAMILIES)).headers["location"]
    assert "There is nothing to import." in await web.browser.open(address)


async def test_without_a_file_the_page_says_so(web: StaffWeb) -> None:
    answer = await choose(web)
    assert answer.status_code == 422
    assert "No file was chosen." in answer.text


async def test_an_upload_is_its_own_persons_and_goes_when_it_has_expired(web: StaffWeb, database: TestDatabase) -> None:
    address = (await choose(web, students=STUDENTS)).headers["location"]
    await put_rangi(database, username="moana")
    await sign_in_as(web, "moana")
    await web.browser.open(address, 410)
    await sign_in_as(web, "rangi")
    await web.browser.open(address)
    connection = await asyncpg.connect(database.url("staff"))
    await connection.execute("UPDATE upload SET expires_at = now()")
    await connection.close()
    await web.browser.open(address, 410)


async def test_what_is_there_is_downloaded_as_a_file_that_can_be_imported(web: StaffWeb) -> None:
    mere = Guardian(guardian_id="mere", name="Mere", email="mere@example.org")
    family = PutFamily(family_id="f1", name="Ngata", guardians=(mere,))
    web.neighbours.know(ROSTER, RosterPage(families=(family,)))
    answer = await web.browser.client.get("/import/families.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="families.csv"'
    assert read([File("families.csv", answer.content)]).command.families == (family,)
    assert (await web.browser.client.get("/import/levels-template.csv")).text.startswith("\ufefflevel_id,level_name")
    await web.browser.open("/import/secrets.csv", 404)
