"""A run from the list to its undo, in real browsers: two people, a desk's screen and a phone's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from deploy.embedded.nats import NatsServer
from tests.browser.screens import SCREENS, Shown
from tests.conftest import TestDatabase
from tests.running import served
from tests.school import SchoolSystem
from tests.service.run_world import RunWorld, run_world
from tests.service.staff_web import PASSWORD

START = "Start Certificate Generation"


@pytest.fixture
async def at_work(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[RunWorld]:
    async with run_world(nats_server, database, school) as at_work:
        yield at_work


class Screen(Shown):
    """One person's browser; what it complains of is kept, and every picture."""

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def shows(self, name: str, *words: str) -> None:
        for each in words:
            await expect(self.page.get_by_text(each).filter(visible=True).first).to_be_visible()
        await self.picture(name)

    async def row(self, student: str, state: str) -> None:
        row = self.page.get_by_role("row").filter(has_text=student)
        await expect(row.get_by_text(state, exact=True)).to_be_visible()


@asynccontextmanager
async def signed_in(chromium: Browser, url: str, who: str, screen: str, pictures: Path) -> AsyncIterator[Screen]:
    context = await chromium.new_context(viewport=SCREENS[screen])
    page = await context.new_page()
    await page.goto(url)
    await page.get_by_label("Username").fill(who)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{url}/")
    await page.goto(f"{url}/pending")
    try:
        yield Screen(page, pictures, f"{who}-{screen}")
    finally:
        await context.close()


async def test_two_people_start_follow_and_undo_a_run(chromium: Browser, at_work: RunWorld, pictures: Path) -> None:
    await at_work.students("ana", "kai", "mia")
    at_work.world.rendering.printing.clear()
    async with (
        served(at_work.app) as url,
        signed_in(chromium, url, "rangi", "desk", pictures) as rangi,
        signed_in(chromium, url, "mere", "phone", pictures) as mere,
    ):
        # Rangi leaves Mia to wait, looks at what will happen, goes back for a note, and starts.
        for box in ("Issue Seahorse to Mia Ngata", "Move Mia Ngata from Seahorse to Dolphin"):
            await rangi.page.get_by_role("checkbox", name=box).uncheck()
        await rangi.press(START)
        await rangi.press("Back")
        await expect(rangi.page.get_by_role("checkbox", name="Issue Seahorse to Mia Ngata")).not_to_be_checked()
        await rangi.page.get_by_label("Notes for Ana Ngata").fill("Ka pai, Ana!")
        await rangi.press(START)
        await rangi.shows("confirm", "Check and start", "2 certificates", "2 level changes", "In 10 minutes")
        await rangi.page.get_by_label("Issue date").fill("2031-01-31")
        await expect(rangi.page.get_by_text("This is in the future.")).to_be_visible()
        await rangi.page.get_by_label("Issue date").fill(await rangi.page.locator("[name=today]").input_value())
        await rangi.page.get_by_role("radio", name="Not at all").check()
        await expect(rangi.page.get_by_text("1 family will not be mailed")).to_be_visible()
        await rangi.page.get_by_role("radio", name="In 10 minutes").check()

        # Mere has all three before her, and is a moment later.
        await mere.press(START)
        await mere.shows("confirm", "3 certificates")
        await rangi.press(START)
        await rangi.page.wait_for_url("**/runs/*")
        await mere.press(START)
        await mere.shows("taken", "Nothing was started", "Rangi Patel", "1 certificate", "Not in this run")
        await mere.press(START)
        await mere.page.wait_for_url("**/runs/*")
        await mere.shows("run", "0 of 1 certificate done")

        await it_is_told_live(rangi, at_work)
        await it_is_undone(rangi)
        assert (rangi.complaints, [each for each in mere.complaints if "422" not in each]) == ([], [])


async def it_is_told_live(rangi: Screen, at_work: RunWorld) -> None:
    """Without a reload: a mark on the window stays."""
    run_id = rangi.page.url.rpartition("/")[2].partition("?")[0]
    await rangi.page.wait_for_function("() => 'streamed' in document.documentElement.dataset")
    await rangi.page.evaluate("() => { window.mark = true; }")
    await rangi.shows("run-begins", "0 of 2 certificates done")
    at_work.world.rendering.printing.set()
    await rangi.row("Ana Ngata", "Printed")
    certificates = await at_work.certificates(run_id)
    at_work.online(*certificates)
    await rangi.row("Ana Ngata", "Online")
    await rangi.shows("run-online", "2 of 2 certificates done", "2 online", "left)")
    await expect(rangi.page.get_by_role("button", name="Cancel the rest")).to_have_count(0)
    assert await rangi.page.evaluate("() => window.mark === true")
    await rangi.page.reload()
    await rangi.row("Kai Ngata", "Online")


async def it_is_undone(rangi: Screen) -> None:
    await rangi.press("Undo")
    await rangi.shows("run-undone", "This run was undone", "2 withdrawn")
    await rangi.page.get_by_role("link", name="View All Pending Progressions").first.click()
    await expect(rangi.page.get_by_role("checkbox", name="Issue Seahorse to Ana Ngata")).to_be_checked()
    await rangi.page.get_by_role("link", name="Runs", exact=True).click()
    await rangi.shows("runs", "Undone")


async def test_without_a_stream_the_page_looks_again_by_itself(
    chromium: Browser, at_work: RunWorld, pictures: Path
) -> None:
    await at_work.students("ana")
    at_work.world.rendering.printing.clear()
    async with served(at_work.app) as url, signed_in(chromium, url, "rangi", "phone", pictures) as rangi:
        await rangi.page.route("**/events", lambda route: route.abort())
        await rangi.press(START)
        await rangi.page.get_by_role("radio", name="Later").check()
        await rangi.page.get_by_label("Mail at").fill("2099-12-20T09:00")
        await rangi.shows("confirm-later", "will be mailed later")
        await rangi.press(START)
        await rangi.page.wait_for_url("**/runs/*")
        await rangi.shows("run", "0 of 1 certificate done", "20 Dec 2099, 9:00 AM")
        await rangi.press("Cancel the rest")
        await rangi.shows("run-cancelled", "The rest of this run was cancelled", "1 cancelled")
        at_work.world.rendering.printing.set()
