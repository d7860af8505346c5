"""Classes, and marking one: only what changed is sent, and what was mastered is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.catalogue import CLASS, CLASSES
from contracts.commands import RefusalReason
from contracts.queries import Classes
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import Form, form
from tests.service.staff_school import AROHA, progress, the_class
from tests.service.staff_web import StaffWeb, staff_web

ADDRESS = "/class?name=Tuesday+4+pm&venue=v1"
RECORD = "progress.cmd.record_marks"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web


async def marking(web: StaffWeb) -> Form:
    return form(await web.browser.open(ADDRESS), "marked_on")


async def test_the_classes_are_listed(web: StaffWeb) -> None:
    page = await web.browser.open("/classes")
    assert "Ballet &amp; Barre" in page
    assert 'href="/class?name=Tuesday+4+pm&amp;venue=v1"' in page.replace("%20", "+")
    web.neighbours.know(CLASSES, Classes(classes=()))
    assert "No classes yet" in await web.browser.open("/classes")


async def test_only_the_marks_that_changed_are_sent(web: StaffWeb) -> None:
    shown = await marking(web)
    assert shown.fields["marked_on"] == ["2026-03-11"]
    changes = {"tick-s1.dive": "on", "scale-s1.glide": "100", "tick-s2.dive": None, "scale-s4.glide": "0"}
    answer = await web.browser.press(shown, ADDRESS, teacher_id="t1", **changes)
    assert answer.status_code == 303
    common = {"level_id": "l3", "teacher_id": "t1", "marked_on": "2026-03-11"}
    dive_and_glide = [{"skill_id": "dive", "value": True}, {"skill_id": "glide", "value": 100}]
    told = sorted(web.neighbours.told(RECORD), key=lambda command: str(command["student_id"]))
    assert told == [
        {"student_id": "s1", **common, "marks": dive_and_glide},
        {"student_id": "s2", **common, "marks": [{"skill_id": "dive", "value": False}]},
    ]


async def test_what_was_saved_and_mastered_is_told(web: StaffWeb) -> None:
    shown = await marking(web)
    answer = await web.browser.press(shown, ADDRESS, teacher_id="t2", **{"scale-s1.glide": "100"})
    web.neighbours.know(CLASS, the_class(progress(AROHA, dives=True, glides=100, completed=True)))
    page = await web.browser.open(answer.headers["location"])
    assert "Marks saved" in page
    assert "Aroha Ngata has mastered every skill of Level 3." in page
    assert '<option value="t2" selected>' in page
    assert "Aroha" not in answer.headers["location"]


async def test_saving_twice_marks_once(web: StaffWeb) -> None:
    shown = await marking(web)
    for _ in range(2):
        await web.browser.press(shown, ADDRESS, teacher_id="t1", **{"tick-s1.dive": "on"})
    assert len(web.neighbours.told(RECORD)) == 1


async def test_a_refusal_keeps_what_was_marked(web: StaffWeb) -> None:
    shown = await marking(web)
    web.neighbours.refusals = [RefusalReason(code="not_in_level", message="Aroha is no longer in Level 3.")]
    answer = await web.browser.press(shown, ADDRESS, teacher_id="t1", **{"tick-s1.dive": "on", "scale-s2.glide": "55"})
    assert answer.status_code == 422
    assert "Aroha is no longer in Level 3." in answer.text
    again = form(answer.text, "marked_on")
    assert again.fields["tick-s1.dive"] == ["on"]
    assert again.fields["was-tick-s1.dive"] == [""]
    assert again.fields["scale-s2.glide"] == ["55"]
    assert again.fields["teacher_id"] == ["t1"]


@pytest.mark.parametrize("typed", ["101", "-1", "half", "1e1", "\u0665"])
async def test_a_scale_is_a_whole_number_from_0_to_100(web: StaffWeb, typed: str) -> None:
    answer = await web.browser.press(await marking(web), ADDRESS, teacher_id="t1", **{"scale-s1.glide": typed})
    assert answer.status_code == 422
    assert "Give a whole number from 0 to 100." in answer.text
    assert form(answer.text, "marked_on").fields["scale-s1.glide"] == [typed]
    assert web.neighbours.told(RECORD) == []


async def test_saving_without_a_change_says_so(web: StaffWeb) -> None:
    answer = await web.browser.press(await marking(web), ADDRESS, teacher_id="t1")
    assert "No mark was changed" in answer.text
    assert web.neighbours.told(RECORD) == []


async def test_somebody_must_say_who_marked(web: StaffWeb) -> None:
    answer = await web.browser.press(await marking(web), ADDRESS, **{"tick-s1.dive": "on"})
    assert "Choose a teacher." in answer.text
    assert web.neighbours.told(RECORD) == []
