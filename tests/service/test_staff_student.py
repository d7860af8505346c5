"""Students: the list and its search, a student's page, and "Issue Ad-hoc Certificate"."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.catalogue import LAYOUTS, STUDENT
from contracts.commands import RefusalReason
from contracts.queries import AskStudents, Layouts
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import Form, form
from tests.service.staff_school import certificate, student_page
from tests.service.staff_web import StaffWeb, staff_web

AD_HOC = "/students/s1/ad-hoc"
ISSUE = "certificates.cmd.issue_ad_hoc"
CHOSEN = {"layout_id": "encouragement", "teacher_id": "t2"}


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web


async def ad_hoc(web: StaffWeb) -> Form:
    return form(await web.browser.open(AD_HOC), "certificate_id")


async def test_a_search_keeps_the_name_out_of_the_address(web: StaffWeb) -> None:
    shown = form(await web.browser.open("/students"), "search")
    answer = await web.browser.press(shown, "/students", search=" Tūwhare ")
    assert answer.status_code == 200
    assert str(answer.url) == "http://laurel.test/students"
    assert 'value="Tūwhare"' in answer.text
    searches = [request for name, _, request in web.neighbours.asked if name == "students"]
    assert searches == [AskStudents(), AskStudents(search="Tūwhare")]


async def test_a_students_page_shows_skills_family_and_certificates(web: StaffWeb) -> None:
    page = await web.browser.open("/students/s1")
    for words in ("Ngata whānau", "Hēmi Ngata, Moana Ngata", "Dives from the side", "80%", "Certificates Issued"):
        assert words in page
    for words in ("Level 2", "2026-00042", "5 Mar 2026", "Queued", "Certificate for Level 3, completed on 10 Mar 2026"):
        assert words in page
    assert page.count(">View</a>") == 1


async def test_a_student_without_certificates_has_a_page_too(web: StaffWeb) -> None:
    web.neighbours.know(STUDENT, student_page())
    assert "No certificates yet" in await web.browser.open("/students/s1")


async def test_the_menus_offer_layouts_and_teachers_and_say_which_show_notes(web: StaffWeb) -> None:
    page = await web.browser.open(AD_HOC)
    assert "Encouragement (with notes)" in page
    assert '<option value="plain">Plain</option>' in page
    assert "Tom O&#39;Neill" in page


async def test_a_request_is_one_command_however_often_it_is_sent(web: StaffWeb) -> None:
    shown = await ad_hoc(web)
    [certificate_id] = shown.fields["certificate_id"]
    for _ in range(2):
        answer = await web.browser.press(shown, AD_HOC, **CHOSEN, title="Kindness", notes="Ka pai!", email=None)
        assert answer.headers["location"] == f"/students/s1?certificate={certificate_id}"
    assert web.neighbours.told(ISSUE) == [
        {
            "certificate_id": certificate_id,
            "student_id": "s1",
            "layout_id": "encouragement",
            "teacher_id": "t2",
            "title": "Kindness",
            "notes": "Ka pai!",
            "email": "none",
            "requested_by": "Rangi Patel",
        }
    ]


async def test_the_certificate_is_awaited_on_the_students_page(web: StaffWeb) -> None:
    web.neighbours.know(STUDENT, student_page())
    assert "A certificate is being made" in await web.browser.open("/students/s1?certificate=c9")
    web.neighbours.know(STUDENT, student_page(certificate("c9", "Kindness")))
    assert "A certificate is being made" not in await web.browser.open("/students/s1?certificate=c9")


async def test_a_refusal_is_shown_and_keeps_what_was_typed(web: StaffWeb) -> None:
    web.neighbours.refusals = [
        RefusalReason(code="no_notes", message="This layout shows no notes.", path="notes"),
    ]
    typed = {"layout_id": "plain", "teacher_id": "t1", "title": "Kindness", "notes": "Ka pai!"}
    answer = await web.browser.press(await ad_hoc(web), AD_HOC, **typed)
    assert answer.status_code == 422
    assert "This layout shows no notes." in answer.text
    again = form(answer.text, "certificate_id")
    assert {name: again.fields[name] for name in typed} == {name: [value] for name, value in typed.items()}


async def test_what_is_missing_is_told_before_anything_is_sent(web: StaffWeb) -> None:
    answer = await web.browser.press(await ad_hoc(web), AD_HOC)
    assert answer.status_code == 422
    assert "Choose a layout." in answer.text
    assert "Choose a teacher." in answer.text
    assert web.neighbours.told(ISSUE) == []


async def test_without_layouts_the_page_says_so(web: StaffWeb) -> None:
    web.neighbours.know(LAYOUTS, Layouts(layouts=()))
    page = await web.browser.open(AD_HOC)
    assert "No layouts yet" in page
    assert "Process Certificate Request" not in page
