"""Marks as they are touched: each is one command, however often it is sent, and says how the child stands then."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from contracts.catalogue import CLASS, STUDENT
from contracts.commands import RefusalReason
from contracts.envelope import new_id
from contracts.queries import CompletedLevel, StudentPage
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import form
from tests.service.staff_school import AROHA, LEVEL_3, LEVEL_4, progress, student_page, the_class
from tests.service.staff_web import StaffWeb, staff_web

ADDRESS = "/class/marks"
RECORD = "progress.cmd.record_marks"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web


def touch(skill_id: str = "dive", value: object = True, **more: object) -> dict[str, object]:
    return {
        "touch_id": new_id(),
        "student_id": "s1",
        "level_id": "l3",
        "skill_id": skill_id,
        "value": value,
        "teacher_id": "t1",
        "marked_on": "2026-03-11",
        "touched_at": "2026-03-11T03:02:00.250Z",
        **more,
    }


async def token(web: StaffWeb) -> str:
    page = form(await web.browser.open("/class?name=Tuesday+4+pm&venue=v1"), "marked_on")
    return page.fields["form_token"][0]


async def send(web: StaffWeb, *touches: dict[str, object] | str, form_token: str | None = None) -> httpx.Response:
    sent = [each if isinstance(each, str) else json.dumps(each) for each in touches]
    fields = {"form_token": form_token or await token(web), "touch": sent}
    return await web.browser.client.post(ADDRESS, data=fields)


async def answered(web: StaffWeb, *touches: dict[str, object] | str) -> dict[str, Any]:
    found: dict[str, Any] = (await send(web, *touches)).json()
    return found


def completed(**done: Any) -> StudentPage:
    """Aroha has mastered Level 3."""
    level = CompletedLevel(progression_id="p1", level=LEVEL_3, completed_on=date(2026, 3, 11), **done)
    mastered = progress(AROHA, dives=True, glides=100, completed=True)
    return student_page().model_copy(update={"progress": mastered, "levels": (level,)})


async def test_a_touch_is_one_command_however_often_it_is_sent(web: StaffWeb) -> None:
    touched = touch("glide", 85)
    for _ in range(2):
        assert (await answered(web, touched))["outcomes"] == [{"state": "accepted", "message": ""}]
    assert web.neighbours.told(RECORD) == [
        {
            "student_id": "s1",
            "level_id": "l3",
            "teacher_id": "t1",
            "marked_on": "2026-03-11",
            "marked_at": "2026-03-11T03:02:00.250000Z",
            "marks": [{"skill_id": "glide", "value": 85}],
        }
    ]


async def test_what_waited_goes_in_its_order_and_no_clock_is_ahead(web: StaffWeb) -> None:
    touches = [touch("glide", value, touched_at=f"2126-03-11T03:0{n}:00Z") for n, value in enumerate((5, 10, 15))]
    await answered(web, *touches)
    told = web.neighbours.told(RECORD)
    assert [command["marks"][0]["value"] for command in told] == [5, 10, 15]
    assert all(datetime.fromisoformat(command["marked_at"]) <= datetime.now(UTC) for command in told)


async def test_what_cannot_be_read_is_refused_and_stops_nothing_else(web: StaffWeb) -> None:
    unreadable = ("{", "[]", touch(value=101), touch(student_id="a b"), touch(touched_at="yesterday"))
    outcomes = (await answered(web, *unreadable, touch()))["outcomes"]
    assert [outcome["state"] for outcome in outcomes] == ["refused"] * 5 + ["accepted"]
    assert len(web.neighbours.told(RECORD)) == 1


async def test_a_refusal_says_why(web: StaffWeb) -> None:
    web.neighbours.refusals = [RefusalReason(code="unknown_skill", message="The level has no such skill.")]
    assert (await answered(web, touch()))["outcomes"] == [
        {"state": "refused", "message": "The level has no such skill."}
    ]


async def test_only_whoever_is_signed_in_marks_and_only_from_our_page(web: StaffWeb) -> None:
    assert (await send(web, touch(), form_token="f" * 64)).status_code == 403
    shown = await token(web)
    web.browser.client.cookies.clear()
    answer = await send(web, touch(), form_token=shown)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert web.neighbours.told(RECORD) == []


async def test_how_the_child_stands_comes_back_with_the_mark(web: StaffWeb) -> None:
    standing = {
        "student_id": "s1",
        "level_id": "l3",
        "values": {"dive": True, "glide": 80},
        "mastered": False,
        "number": None,
        "moved_to": None,
        "now_in": None,
        "acted": False,
    }
    assert (await answered(web, touch()))["standings"] == [standing]
    web.neighbours.know(STUDENT, completed())
    mastered = standing | {"values": {"dive": True, "glide": 100}, "mastered": True}
    assert (await answered(web, touch("glide", 100), touch()))["standings"] == [mastered]
    web.neighbours.know(STUDENT, completed(certificate_id="c1", number="2026-000042"))
    acted = mastered | {"acted": True, "number": "2026-000042"}
    assert (await answered(web, touch()))["standings"] == [acted]
    # A level that issues by itself moves the child on.
    page = completed(certificate_id="c1", number="2026-000042", to_level=LEVEL_4, moved_at=datetime.now(UTC))
    moved = page.progress.model_copy(update={"level": LEVEL_4, "completed": False})
    web.neighbours.know(STUDENT, page.model_copy(update={"progress": moved}))
    [standing] = (await answered(web, touch("glide", 100)))["standings"]
    assert (standing["mastered"], standing["values"]) == (True, None)
    assert (standing["moved_to"], standing["now_in"]) == ("Level 4", "Level 4")


async def test_children_of_one_first_name_are_told_apart(web: StaffWeb) -> None:
    other = AROHA.model_copy(update={"student_id": "s9", "name": "Aroha Tuhoe"})
    web.neighbours.know(CLASS, the_class(*(progress(each, dives=False, glides=0) for each in (AROHA, other))))
    page = await web.browser.open("/class?name=Tuesday+4+pm&venue=v1")
    assert '<a href="#child-s9">Aroha Tuhoe ' in page
