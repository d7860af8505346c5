"""The staff web in a real browser: by keyboard alone, on a desk's screen and on a phone's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect
from starlette.applications import Starlette

from contracts.catalogue import RUN
from deploy.embedded.nats import NatsServer
from deploy.embedded.process import free_port
from services.rendering.chromium import find_chromium
from tests.conftest import TestDatabase
from tests.service import staff_school
from tests.service.staff_web import PASSWORD, StaffWeb, staff_web
from tests.waiting import eventually

SCREENS = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
ADDRESSES = {
    "pending": "/pending",
    "run": "/runs/r2",
    "runs": "/runs",
    "students": "/students",
    "student": "/students/s1",
    "ad-hoc": "/students/s1/ad-hoc",
    "certificate": "/certificates/c1",
    "classes": "/classes",
    "class": "/class?name=Tuesday+4+pm&venue=v1&saved=s2",
    "nothing": "/nowhere",
}


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    # Chromium's sandbox does not start as root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=15_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """The app on a port; its parts run already."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await eventually(started)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def sign_in(page: Page, url: str) -> None:
    await page.goto(url)
    await expect(page.get_by_label("Username")).to_be_focused()
    await page.keyboard.type("rangi")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/pending")


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the thing of this name has the focus."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            "() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"
        )
        if focused == name:
            return
    raise AssertionError(f"Tab never reaches {name!r}")


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_page_fits_its_screen_and_keeps_to_its_policy(
    chromium: Browser, web: StaffWeb, tmp_path: Path, screen: str
) -> None:
    web.neighbours.know(RUN, staff_school.run("r2", "issued", "failed", "issued", "issuing"))
    size = SCREENS[screen]
    complaints: list[str] = []
    async with served(web.app) as url:
        page = await chromium.new_page(viewport={"width": size["width"], "height": size["height"]})
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        await page.screenshot(path=tmp_path / f"sign-in-{screen}.png", full_page=True)
        await sign_in(page, url)
        for name, address in ADDRESSES.items():
            await page.goto(url + address)
            await page.screenshot(path=tmp_path / f"{name}-{screen}.png", full_page=True)
            too_wide = await page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
            assert not too_wide, name
        await page.close()
    assert [complaint for complaint in complaints if "404" not in complaint] == []


async def test_certificates_are_issued_by_keyboard_alone(chromium: Browser, web: StaffWeb) -> None:
    async with served(web.app) as url:
        page = await chromium.new_page()
        await sign_in(page, url)
        await tab_to(page, "Issue Level 3 to Sinéad O'Brien")
        await page.keyboard.press("Space")
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.type("Ka pai, Aroha!")
        await tab_to(page, "Start Certificate Generation")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Check and start")).to_be_visible()
        await tab_to(page, "Start Certificate Generation")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/runs/*")
        await page.close()
    [told] = web.neighbours.told("certificates.cmd.start_generation")
    assert told["certificates"] == [
        {"progression_id": staff_school.AROHA_CERTIFICATE, "notes": "Ka pai, Aroha!"},
        {"progression_id": staff_school.SCRIPT_CERTIFICATE},
    ]


async def test_a_run_is_seen_to_finish_without_a_touch(chromium: Browser, web: StaffWeb) -> None:
    web.neighbours.know(RUN, staff_school.run("r1", "issued", "issuing"))
    async with served(web.app) as url:
        page = await chromium.new_page()
        await sign_in(page, url)
        await page.goto(f"{url}/runs/r1")
        await expect(page.get_by_text("1 of 2 certificates done", exact=True)).to_be_visible()
        web.neighbours.know(RUN, staff_school.run("r1", "issued", "issued"))
        await expect(page.get_by_text("2 of 2 certificates done", exact=True)).to_be_visible()
        await page.close()


async def test_the_regions_and_names_are_those_of_the_help_article(chromium: Browser, web: StaffWeb) -> None:
    async with served(web.app) as url:
        page = await chromium.new_page()
        await sign_in(page, url)
        quick = page.get_by_role("region", name="Certificates & Levels", exact=True)
        await expect(quick.get_by_role("link", name="View All Pending Progressions", exact=True)).to_be_visible()
        certificates = page.get_by_role("region", name="Certificates to be Issued", exact=True)
        await expect(certificates.get_by_role("checkbox", checked=True)).to_have_count(3)
        changes = page.get_by_role("region", name="Level Progressions / Changes to be Actioned", exact=True)
        await expect(changes.get_by_role("checkbox", checked=True)).to_have_count(2)
        await certificates.get_by_role("link", name="Aroha Ngata").click()
        await expect(page.get_by_role("region", name="Certificates Issued", exact=True)).to_be_visible()
        await page.get_by_role("link", name="Issue Ad-hoc Certificate", exact=True).click()
        await page.get_by_label("Layout").select_option(label="Plain")
        await expect(page.get_by_label("Notes")).to_be_hidden()
        await page.get_by_label("Layout").select_option(label="Encouragement (with notes)")
        await expect(page.get_by_label("Notes")).to_be_visible()
        await expect(page.get_by_role("button", name="Process Certificate Request", exact=True)).to_be_visible()
        await page.close()
