"""A manager erases a child, follows the receipt, and exports what is held about a family."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from pydantic import JsonValue

from contracts.catalogue import ERASURES, FAMILY_EXPORT, HELD_BY_NOTIFICATION, HELD_BY_PORTAL, HELD_BY_WEBHOOKS, STUDENT
from contracts.commands import RefusalReason
from contracts.envelope import new_id
from contracts.erasure import Confirmation, Erasure, Erasures, FamilyExport, Held, HeldTable, PaperRef
from contracts.roster import ImportRoster, PutStudent
from deploy.embedded.nats import NatsServer
from services.kit.broker import QueryRefused
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID
from tests.service.html_forms import form
from tests.service.staff_web import StaffWeb, staff_web

ERASURE = "/students/s1/erasure"
AT = datetime(2026, 3, 10, 4, 30, tzinfo=UTC)


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(
        database, nats_server, "progression", "rendering", "portal", "notification", "webhooks"
    ) as web:
        web.neighbours.know(FAMILY_EXPORT, exported("Aroha"))
        web.neighbours.know(HELD_BY_PORTAL, held("links", {"purpose": "share"}))
        web.neighbours.know(HELD_BY_NOTIFICATION, held("mails", {"state": "accepted"}))
        web.neighbours.know(HELD_BY_WEBHOOKS, held("events for other systems", {"type": "certificates.issued"}))
        yield web


def held(title: str, *rows: dict[str, JsonValue]) -> Held:
    return Held(tables=(HeldTable(title=title, rows=rows),))


def exported(*children: str) -> FamilyExport:
    rows: tuple[dict[str, JsonValue], ...] = tuple({"given name": child} for child in children)
    return FamilyExport(
        family_id="f1",
        guardian_ids=("g1",),
        certificate_ids=("c1",),
        papers=(
            PaperRef(certificate_id="c1", version=1, number="2026-00042"),
            PaperRef(certificate_id="c1", version=2, number="2026-00042"),
        ),
        tables=(HeldTable(title="students", rows=rows),),
    )


def receipt(erasure_id: str, *confirmed: str, completed: bool = False) -> Erasures:
    services = ("portal", "notification", "rendering")
    confirmations = [
        Confirmation(service=each, at=AT, removed={"mails": 2}) if each in confirmed else Confirmation(service=each)
        for each in services
    ]
    one = Erasure(
        erasure_id=erasure_id,
        at=AT,
        requested_by="Rangi Patel",
        student_sha256="0" * 64,
        removed={"certificates": 3},
        confirmations=tuple(confirmations),
        messages=7,
        completed_at=AT if completed else None,
    )
    return Erasures(erasures=(one,))


async def test_a_child_is_erased_by_whoever_types_the_name(web: StaffWeb) -> None:
    assert f'href="{ERASURE}"' in await web.browser.open("/students/s1")
    page = await web.browser.open(ERASURE)
    assert "The family Ngata whānau, with its guardians and their addresses" in page
    filled = form(page, "erasure_id")
    for typed in ("", "Aroha", "yes"):
        answer = await web.browser.press(filled, ERASURE, name=typed, reason="Asked for")
        assert answer.status_code == 422
        assert "Type the child&#39;s whole name" in answer.text
        assert 'value="Asked for"' in answer.text
    assert web.neighbours.told("roster.cmd.erase_student") == []
    for _ in range(2):
        answer = await web.browser.press(filled, ERASURE, name=" aroha  NGATA", reason="Asked for")
        assert answer.status_code == 303
    [erasure_id] = filled.fields["erasure_id"]
    assert answer.headers["location"] == f"/erasures/{erasure_id}"
    assert web.neighbours.told("roster.cmd.erase_student") == [
        {"student_id": "s1", "requested_by": "Rangi Patel", "reason": "Asked for", "erasure_id": erasure_id}
    ]


async def test_a_form_that_is_sent_once_more_leads_to_the_receipt(web: StaffWeb) -> None:
    filled = form(await web.browser.open(ERASURE), "erasure_id")
    [erasure_id] = filled.fields["erasure_id"]
    web.neighbours.know(STUDENT, QueryRefused("unknown_student", "There is no student “s1”."))
    assert (await web.browser.press(filled, ERASURE, name="Aroha Ngata")).status_code == 404
    web.neighbours.know(ERASURES, receipt(erasure_id))
    answer = await web.browser.press(filled, ERASURE, name="Aroha Ngata")
    assert answer.headers["location"] == f"/erasures/{erasure_id}"


async def test_a_family_with_another_child_is_said_to_stay(web: StaffWeb) -> None:
    web.neighbours.know(FAMILY_EXPORT, exported("Aroha", "Hemi"))
    assert "stays: it has other children here" in await web.browser.open(ERASURE)


async def test_a_refusal_is_told_and_the_reason_stays_typed(web: StaffWeb) -> None:
    filled = form(await web.browser.open(ERASURE), "erasure_id")
    web.neighbours.refusals = [RefusalReason(code="reason_names_the_child", message="Leave the name out.")]
    answer = await web.browser.press(filled, ERASURE, name="Aroha Ngata", reason="Aroha left")
    assert answer.status_code == 422
    assert "Leave the name out." in answer.text


async def test_the_receipt_shows_each_confirmation_as_it_comes(web: StaffWeb) -> None:
    erasure_id = new_id()
    address = f"/erasures/{erasure_id}"
    assert "appears here by itself" in await web.browser.open(address)
    web.neighbours.know(ERASURES, receipt(erasure_id, "notification"))
    page = await web.browser.open(address)
    assert "data-going-on" in page
    assert page.count("Not yet") == 3
    assert "Mails: 2" in page
    web.neighbours.know(ERASURES, receipt(erasure_id, "portal", "notification", "rendering", completed=True))
    page = await web.browser.open(address)
    assert "Everything is erased" in page
    assert "data-going-on" not in page
    assert "Not yet" not in page
    assert address in await web.browser.open("/erasures")


async def test_what_this_web_keeps_for_minutes_goes_too(web: StaffWeb, database: TestDatabase) -> None:
    connection = await asyncpg.connect(database.url("staff"))

    async def keep(student_id: str) -> None:
        student = PutStudent(student_id=student_id, family_id="f1", given_name="Aroha", family_name="Ngata")
        await connection.execute(
            "INSERT INTO staff.upload (account_id, body, remarks, expires_at)"
            " SELECT account_id, $1, '[]', now() + interval '1 hour' FROM staff.account WHERE school_id = $2",
            ImportRoster(students=(student,)).json_bytes(),
            SCHOOL_ID,
        )

    await keep("s1")
    await keep("s11")
    filled = form(await web.browser.open(ERASURE), "erasure_id")
    await web.browser.press(filled, ERASURE, name="Aroha Ngata")
    bodies = [row["body"] for row in await connection.fetch("SELECT body FROM staff.upload")]
    await connection.close()
    assert len(bodies) == 1
    assert b'"s11"' in bodies[0]


async def test_an_export_is_one_file_with_the_records_and_the_papers(web: StaffWeb) -> None:
    web.neighbours.pdfs[SCHOOL_ID, "c1", 1] = b"%PDF-1"
    assert 'href="/families/f1/export.zip"' in await web.browser.open("/students/s1")
    answer = await web.browser.client.get("/families/f1/export.zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="family-f1.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("certificates/2026-00042-version-1.pdf") == b"%PDF-1"
        told = json.loads(archive.read("what-is-held.json"))
    assert told["the school's records"] == {"students": [{"given name": "Aroha"}]}
    assert told["the family's web pages"] == {"links": [{"purpose": "share"}]}
    assert told["the mails"] == {"mails": [{"state": "accepted"}]}
    assert told["papers that are not there just now"] == ["certificates/2026-00042-version-2.pdf"]
