"""Papers are printed and handed out in a real browser: at a desk, and on a phone at the poolside."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from contracts.catalogue import CHECKLIST, NOT_PRESENTED, RUN
from deploy.embedded.nats import NatsServer
from tests.browser.screens import SCREENS, Shown, at_a_desk_and_on_a_phone, sign_in
from tests.conftest import TestDatabase
from tests.packs import certificate
from tests.running import served
from tests.service.staff_web import StaffWeb, staff_web
from tests.service.test_staff_papers import the_run, waits
from tests.waiting import eventually


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        known = running_web.neighbours
        known.know(RUN, the_run(0))
        known.know(NOT_PRESENTED, waits(7))
        known.know(CHECKLIST, certificate("The cover"))
        for n in range(4):
            known.pdfs["demo", f"c{n}", 1] = certificate(f"Paper c{n}")
        yield running_web


async def saved(page: Page) -> None:
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()


async def told(web: StaffWeb, count: int) -> list[tuple[list[str], bool]]:
    """The ticks that were commanded."""

    async def look() -> list[tuple[list[str], bool]]:
        said = web.neighbours.told("certificates.cmd.mark_presented")
        found = [(body["certificate_ids"], body["presented"]) for body in said]
        return found if len(found) >= count else []

    return await eventually(look)


@at_a_desk_and_on_a_phone
async def test_papers_are_ticked_off_as_they_are_touched(
    chromium: Browser, web: StaffWeb, pictures: Path, screen: str
) -> None:
    async with served(web.app) as url:
        page = await chromium.new_page(viewport=SCREENS[screen])
        await sign_in(page, url)
        await page.goto(f"{url}/runs/r1")
        await page.get_by_role("link", name="Print pack", exact=True).click()
        await expect(page.get_by_role("heading", name="Print pack", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="Save ticks")).to_be_hidden()
        await expect(page.get_by_text("1 of 4 handed out")).to_be_visible()
        group = page.get_by_role("region", name="Tuesday 4 pm · Ana Ruiz", exact=True)
        sinead = group.get_by_role("checkbox", name="Sinéad O'Brien")
        await sinead.check()
        await saved(page)
        await expect(group.get_by_text("1 of 2 handed out")).to_be_visible()
        await expect(page.get_by_text("2 of 4 handed out")).to_be_visible()
        await Shown(page, pictures, screen).picture("pack")
        # By keyboard, and taken back.
        await sinead.focus()
        await page.keyboard.press("Space")
        await expect(page.get_by_text("1 of 4 handed out")).to_be_visible()
        assert await told(web, 2) == [(["c1"], True), (["c1"], False)]

        await page.goto(f"{url}/not-handed-out")
        await page.get_by_label("Class").select_option("Tuesday 4 pm")
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(page).to_have_url(re.compile(r"class=Tuesday\+4\+pm"))
        await page.get_by_role("checkbox", name="Māia Tūwhare").first.check()
        await saved(page)
        await Shown(page, pictures, screen).picture("not-handed-out")
        assert (await told(web, 3))[-1] == (["c2"], True)
        await page.close()


async def test_a_tick_without_a_connection_is_saved_when_it_is_back(chromium: Browser, web: StaffWeb) -> None:
    async with served(web.app) as url:
        page = await chromium.new_page()
        await sign_in(page, url)
        await page.goto(f"{url}/runs/r1/pack")

        async def away(route: Route) -> None:
            await route.abort()

        await page.route("**/pack", away)
        await page.get_by_role("checkbox", name="Sinéad O'Brien").check()
        await expect(page.get_by_text("Not saved yet. Trying again…")).to_be_visible()
        await page.get_by_role("checkbox", name="Aroha Ngata").uncheck()
        await page.unroute("**/pack", away)
        await saved(page)
        assert sorted(await told(web, 2)) == [(["c0"], False), (["c1"], True)]
        await page.close()


async def test_the_pack_opens_in_a_tab_of_its_own_once_it_is_there(chromium: Browser, web: StaffWeb) -> None:
    missing = web.neighbours.pdfs.pop(("demo", "c2", 1))
    async with served(web.app) as url:
        page = await chromium.new_page()
        await sign_in(page, url)
        await page.goto(f"{url}/runs/r1/pack")
        await page.get_by_role("group", name="On a sheet").get_by_role("radio", name="Two").check()
        await page.get_by_role("radio", name="Letter").focus()
        await page.keyboard.press("Space")
        async with page.expect_popup() as opening:
            await page.get_by_role("button", name="Open print pack").click()
        tab = await opening.value
        await expect(tab.get_by_text("3 of 4 certificates", exact=True)).to_be_visible()
        assert "each=2" in tab.url
        assert "paper=Letter" in tab.url
        async with tab.expect_response(
            lambda answer: answer.headers["content-type"] == "application/pdf" and answer.request.method == "GET"
        ):
            web.neighbours.pdfs["demo", "c2", 1] = missing
        await page.close()
