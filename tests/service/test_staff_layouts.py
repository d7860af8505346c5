"""Layouts: pictures, who uses them, and an upload that is checked before it counts."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import httpx
import pytest

from contracts.catalogue import LAYOUT_PREVIEW, LAYOUT_VERSIONS, LAYOUTS, LEVELS, PUBLISH_LAYOUT
from contracts.layout_queries import AskLayoutPreview, LayoutProblem, LayoutVerdict, LayoutVersions, PublishLayout
from contracts.queries import Layouts
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import form
from tests.service.staff_ladder import LADDER, PICTURE, VERSIONS
from tests.service.staff_school import layout
from tests.service.staff_web import StaffWeb, staff_web

ZIP = b"PK\x03\x04 as good as any"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        running_web.neighbours.know(LEVELS, LADDER)
        running_web.neighbours.know(LAYOUT_VERSIONS, VERSIONS)
        running_web.neighbours.know(LAYOUT_PREVIEW, PICTURE)
        yield running_web


async def upload(web: StaffWeb, do: str, name: str = "My Layout.zip", layout_id: str = "") -> httpx.Response:
    token = form(await web.browser.open("/layouts"), "folder").fields["form_token"]
    return await web.browser.client.post(
        "/layouts",
        data={"form_token": token, "layout_id": layout_id, "do": do},
        files={"folder": (name, ZIP, "application/zip")},
    )


def questions(web: StaffWeb, name: str) -> list[object]:
    return [request for asked, _, request in web.neighbours.asked if asked == name]


async def test_layouts_are_shown_with_their_picture_and_who_uses_them(web: StaffWeb) -> None:
    page = await web.browser.open("/layouts")
    assert "Version 1 · A4 landscape · 2 fields" in page
    assert 'Used by <a href="/levels/starfish">Starfish</a>' in page
    assert "Used by no level" in page
    picture = await web.browser.client.get("/layouts/plain/1/small.jpg")
    assert (picture.content, picture.headers["content-type"]) == (PICTURE, "image/jpeg")
    assert picture.headers["cache-control"] == "private, max-age=86400"
    assert questions(web, "layout_preview") == [
        AskLayoutPreview(layout_id="plain", layout_version=1, texts="sample", width=480)
    ]


async def test_a_layouts_page_shows_both_texts_its_fields_and_its_versions(web: StaffWeb) -> None:
    newest = layout("plain", "Plain", 120).model_copy(update={"layout_version": 3})
    web.neighbours.know(LAYOUT_VERSIONS, LayoutVersions(layout=newest, versions=(3, 2, 1)))
    page = await web.browser.open("/layouts/plain")
    for words in ("/layouts/plain/3/sample.jpg", "/layouts/plain/3/longest.jpg", "up to 120 characters", "Starfish"):
        assert words in page
    older = await web.browser.open("/layouts/plain?version=2")
    assert "/layouts/plain/2/sample.jpg" in older
    assert "(an older one)" in older


async def test_a_sound_zip_is_published_and_shown(web: StaffWeb) -> None:
    mine = layout("my-layout", "Mine", None)
    web.neighbours.know(PUBLISH_LAYOUT, LayoutVerdict(problems=(), layout=mine, new=True))
    answer = await upload(web, "publish")
    assert answer.headers["location"] == "/layouts/my-layout?published"
    [asked] = questions(web, "publish_layout")
    assert isinstance(asked, PublishLayout)
    assert (asked.layout_id, asked.publish, asked.requested_by) == ("my-layout", True, "Rangi Patel")
    assert base64.b64decode(asked.zip) == ZIP
    assert (await upload(web, "publish", layout_id="plain")).headers["location"] == "/layouts/plain?published"
    assert "is published" in await web.browser.open("/layouts/plain?published")


async def test_what_is_wrong_with_a_zip_is_shown_with_file_and_line(web: StaffWeb) -> None:
    problem = LayoutProblem(file="layout.html", line=12, message="<script>: a layout has no script: remove it")
    web.neighbours.know(PUBLISH_LAYOUT, LayoutVerdict(problems=(problem,)))
    answer = await upload(web, "publish")
    assert answer.status_code == 422
    for words in ("My Layout.zip was not published", "layout.html, line 12", "&lt;script&gt;: a layout has no script"):
        assert words in answer.text


async def test_a_check_publishes_nothing(web: StaffWeb) -> None:
    hint = LayoutProblem(file="layout.html", line=3, message="sea.png has more pixels than the paper needs")
    mine = layout("my-layout", "Mine", None)
    web.neighbours.know(PUBLISH_LAYOUT, LayoutVerdict(problems=(), hints=(hint,), layout=mine, new=True))
    answer = await upload(web, "check")
    assert answer.status_code == 200
    for words in ("Nothing is wrong with My Layout.zip", "It would be version 1.", "more pixels than the paper needs"):
        assert words in answer.text
    [asked] = questions(web, "publish_layout")
    assert isinstance(asked, PublishLayout)
    assert not asked.publish


async def test_without_a_file_a_layout_or_a_picture_the_page_says_so(web: StaffWeb) -> None:
    token = form(await web.browser.open("/layouts"), "folder").fields["form_token"]
    answer = await web.browser.client.post("/layouts", data={"form_token": token, "do": "publish"})
    assert answer.status_code == 422
    assert "No file was chosen." in answer.text
    await web.browser.open("/layouts/plain/1/huge.jpg", 404)
    await web.browser.open("/layouts/plain/0/small.jpg", 404)
    web.neighbours.know(LAYOUTS, Layouts(layouts=()))
    assert "No layouts yet" in await web.browser.open("/layouts")
