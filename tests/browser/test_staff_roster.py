"""Import, levels and layouts in a real browser: by role and name, on a desk's screen and on a phone's."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, FilePayload, expect

from contracts.catalogue import IMPORT_CHECK, LAYOUT_PREVIEW, LAYOUT_VERSIONS, LEVELS, PUBLISH_LAYOUT
from contracts.layout_queries import LayoutProblem, LayoutVerdict
from deploy.embedded.nats import NatsServer
from tests.browser.screens import SCREENS, Shown, at_a_desk_and_on_a_phone, sign_in, tab_to
from tests.conftest import TestDatabase
from tests.running import served
from tests.service.staff_ladder import CHECK, LADDER, VERSIONS
from tests.service.staff_school import layout
from tests.service.staff_web import StaffWeb, staff_web

STUDENTS = "student_id,family_id,first name,surname\ns2,f1,Sinéad,O'Brien\n"
DROP = """(area) => {
    const files = new DataTransfer();
    files.items.add(new File(["family_id,name\\nf1,Ngata\\n"], "families.csv"));
    area.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        drawn = io.BytesIO()
        Image.new("RGB", (480, 339), "#dfe8f7").save(drawn, "PNG")
        running_web.neighbours.know(IMPORT_CHECK, CHECK)
        running_web.neighbours.know(LEVELS, LADDER)
        running_web.neighbours.know(LAYOUT_VERSIONS, VERSIONS)
        running_web.neighbours.know(LAYOUT_PREVIEW, drawn.getvalue())
        yield running_web


@at_a_desk_and_on_a_phone
async def test_a_roster_is_imported_levels_are_ordered_and_a_layout_is_uploaded(
    chromium: Browser, web: StaffWeb, pictures: Path, screen: str
) -> None:
    async with served(web.app) as url:
        page = await chromium.new_page(viewport=SCREENS[screen])
        shown = Shown(page, pictures, screen)
        await sign_in(page, url)
        await _import(shown)
        await _levels(shown)
        await _layouts(shown, web)
        await page.close()
    assert [said for said in shown.complaints if "422" not in said] == []
    assert [each["students"][0]["student_id"] for each in web.neighbours.told("roster.cmd.import") if each["students"]]


def file(name: str, content: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)


async def _import(shown: Shown) -> None:
    page = shown.page
    await page.get_by_role("link", name="Import", exact=True).click()
    await shown.picture("import")
    chosen = page.get_by_label("Choose CSV files, or drop them here")
    await chosen.set_input_files([file("x.csv", b"student_id,first name\n1,\n")])
    await page.get_by_role("button", name="Check the files").click()
    await expect(page.get_by_role("heading", name="2 places need mending")).to_be_visible()
    await shown.picture("import-problems")
    await page.get_by_role("link", name="choose the files again").click()
    await chosen.set_input_files([file("students.csv", STUDENTS.encode())])
    await expect(page.get_by_text("students.csv (1 KB)")).to_be_visible()
    await page.get_by_role("button", name="Check the files").click()
    await expect(page.get_by_role("region", name="What would change")).to_contain_text("Families")
    await expect(page.get_by_role("region", name="One by one")).to_contain_text("Friday 5 pm")
    await shown.picture("import-check")
    await page.get_by_role("button", name="Import 2 changes").click()
    await expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    await shown.picture("import-done")
    await page.get_by_role("link", name="Import", exact=True).first.click()
    await page.locator(".drop").evaluate(DROP)
    await expect(page.get_by_text("families.csv (1 KB)")).to_be_visible()


async def _levels(shown: Shown) -> None:
    page = shown.page
    await page.get_by_role("link", name="Levels", exact=True).click()
    await shown.picture("levels")
    await page.get_by_role("button", name="Move Seal & Pup up").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Move Seal & Pup up")).to_be_focused()
    await page.get_by_role("link", name="Starfish", exact=True).click()
    await shown.picture("level")
    await page.get_by_role("button", name="Add a skill").click()
    await expect(page.get_by_role("textbox", name="Name of skill 3")).to_be_focused()
    await page.keyboard.type("Dives from the side")
    await page.get_by_role("button", name="Move the new skill up").press("Enter")
    await expect(page.get_by_role("button", name="Move Dives from the side up")).to_be_focused()
    await page.get_by_role("button", name="Remove Freestyle 25 m").click()
    await expect(page.get_by_text("marks for it are kept, and count no longer")).to_be_visible()
    await shown.picture("level-changed")
    await tab_to(page, "Save level")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Starfish is saved.")).to_be_visible()


async def _layouts(shown: Shown, web: StaffWeb) -> None:
    page = shown.page
    problems = (
        LayoutProblem(file="layout.html", line=12, message="<script>: a layout has no script: remove it"),
        LayoutProblem(file="sea.png", message="it is no picture: save it as PNG or JPEG"),
    )
    await page.get_by_role("link", name="Layouts", exact=True).click()
    await page.get_by_role("img", name="Plain with sample texts").scroll_into_view_if_needed()
    await shown.picture("layouts")
    for verdict in (
        LayoutVerdict(problems=problems),
        LayoutVerdict(problems=(), layout=layout("plain", "Plain", 9), new=True),
    ):
        web.neighbours.know(PUBLISH_LAYOUT, verdict)
        await page.get_by_label("What is it?").select_option(label="A new version of Plain")
        await page.get_by_label("Choose the zip of a layout's folder, or drop it here").set_input_files(
            [file("Sea.zip", b"PK")]
        )
        await page.get_by_role("button", name="Check and publish").click()
        if verdict.problems:
            await expect(page.get_by_role("heading", name="2 things are wrong with it")).to_be_visible()
            await expect(page.get_by_role("region", name="To mend")).to_contain_text("layout.html, line 12")
            await shown.picture("layouts-problems")
    await expect(page.get_by_text("Version 1 is published.")).to_be_visible()
    await expect(page.get_by_role("img", name="Plain, with the longest texts")).to_be_visible()
    await shown.picture("layout")
