"""Levels: the ladder and its order, and a level with its layout and skills."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from contracts.catalogue import LEVELS
from contracts.commands import RefusalReason
from contracts.roster_queries import Levels
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import Form, form, forms
from tests.service.staff_ladder import LADDER, STARFISH, in_use
from tests.service.staff_web import StaffWeb, staff_web

PUT = "roster.cmd.put_level"
HERE = "/levels/starfish"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        running_web.neighbours.know(LEVELS, LADDER)
        yield running_web


async def level(web: StaffWeb, address: str = HERE) -> Form:
    return form(await web.browser.open(address), "skill_name")


async def press(web: StaffWeb, shown: Form, do: str, address: str = HERE, **typed: str | list[str]) -> httpx.Response:
    return await web.browser.press(shown, address, do=do, **typed)


async def test_the_ladder_shows_what_a_level_lacks(web: StaffWeb) -> None:
    page = await web.browser.open("/levels")
    for words in (
        "24 students · 2 skills · 3 waiting for a certificate",
        "Leads to Seal &amp; Pup",
        "issues by itself",
    ):
        assert words in page
    assert "1 level has no layout" in page
    assert "The layout “gone” is not published" in page
    assert "There is no level “whale”" in page
    assert "No skills: nobody can complete it." in page
    assert '<img src="/layouts/plain/1/small.jpg"' in page


async def test_moving_a_level_orders_the_whole_ladder_in_one_command(web: StaffWeb) -> None:
    page = await web.browser.open("/levels")
    [moving] = [each for each in forms(page) if each.fields.get("level_id") == ["orca"]]
    answer = await web.browser.press(moving, "/levels", move="up")
    assert answer.headers["location"] == "/levels?moved=orca&by=up"
    [told] = web.neighbours.told("roster.cmd.import")
    assert [(each["level_id"], each["position"]) for each in told["levels"]] == [("orca", 2), ("seal", 3)]
    assert told["keeps"]["levels"] == ["name", "next_level_id", "layout_id", "auto_issue", "skills"]


async def test_a_level_is_saved_as_it_stands_in_the_form(web: StaffWeb) -> None:
    shown = await level(web)
    answer = await press(
        web, shown, "save", name="Sea star", next_level_id="", layout_id="encouragement", auto_issue="on"
    )
    assert answer.headers["location"] == "/levels?saved=starfish#level-starfish"
    [told] = web.neighbours.told(PUT)
    assert told == {
        "level_id": "starfish",
        "name": "Sea star",
        "position": 1,
        "layout_id": "encouragement",
        "auto_issue": True,
        "skills": [
            {"skill_id": "float", "name": "Floats on the back", "kind": "tick"},
            {"skill_id": "swim", "name": "Freestyle 25 m", "kind": "scale"},
        ],
    }


async def test_skills_are_added_moved_and_removed_before_anything_is_saved(web: StaffWeb) -> None:
    page = (await press(web, await level(web), "add")).text
    shown = form(page, "skill_name")
    assert "pending progressions that nobody has acted on (3 now) go until it is marked" in page
    names = [*shown.fields["skill_name"][:2], "Floats on the back!"]
    page = (await press(web, shown, "up.2", skill_name=names)).text
    shown = form(page, "skill_name")
    assert shown.fields["skill_name"] == ["Floats on the back", "Floats on the back!", "Freestyle 25 m"]
    page = (await press(web, shown, "remove.2")).text
    shown = form(page, "skill_name")
    assert "“Freestyle 25 m”: marks for it are kept, and count no longer." in page
    assert web.neighbours.told(PUT) == []
    await press(web, shown, "save")
    [told] = web.neighbours.told(PUT)
    assert [skill["skill_id"] for skill in told["skills"]] == ["float", "floats-on-the-back"]


async def test_a_new_level_comes_last_under_an_id_like_its_name(web: StaffWeb) -> None:
    shown = await level(web, "/levels/new")
    answer = await press(web, shown, "save", "/levels/new", name="Orca!", skill_name=["Dives"], skill_kind=["scale"])
    assert answer.headers["location"] == "/levels?saved=orca-2#level-orca-2"
    [told] = web.neighbours.told(PUT)
    assert (told["level_id"], told["position"]) == ("orca-2", 6)
    assert told["skills"] == [{"skill_id": "dives", "name": "Dives", "kind": "scale"}]


async def test_a_level_that_somebody_else_changed_meanwhile_is_not_overwritten_unseen(web: StaffWeb) -> None:
    shown = await level(web)
    theirs = STARFISH.model_copy(update={"name": "Sea star"})
    web.neighbours.know(LEVELS, Levels(levels=(in_use(theirs, 24), *LADDER.levels[1:])))
    answer = await press(web, shown, "save", layout_id="")
    assert answer.status_code == 422
    assert "Somebody else has changed this level" in answer.text
    assert web.neighbours.told(PUT) == []
    assert (await press(web, form(answer.text, "skill_name"), "save")).status_code == 303


async def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(web: StaffWeb) -> None:
    answer = await press(web, await level(web), "save", name="")
    assert answer.status_code == 422
    assert "Give the level a name" in answer.text
    web.neighbours.refusals = [RefusalReason(code="unknown", message="It cannot be.")]
    answer = await press(web, await level(web), "save", name="Sea star")
    assert "It cannot be." in answer.text
    assert form(answer.text, "skill_name").fields["name"] == ["Sea star"]


async def test_a_level_that_is_not_there_has_no_page(web: StaffWeb) -> None:
    await web.browser.open("/levels/nothing", 404)
    web.neighbours.know(LEVELS, Levels(levels=()))
    assert "No levels yet" in await web.browser.open("/levels")
