"""A family's pages and what they share, on a phone and at a desk, by day and by night."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pypdf
import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from contracts.certificates import Withdrawn
from deploy.embedded.nats import NatsServer
from services.rendering.chromium import Chromium, find_chromium
from services.rendering.printing.printer import Printer
from tests.browser.screens import Shown
from tests.conftest import TestDatabase
from tests.running import served
from tests.service.portal_running import PORTAL_URL
from tests.service.shared_certificates import SharedCertificates, shared_certificates
from tests.service.test_rendering import rendering

PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=800)
SCREENS: dict[str, tuple[ViewportSize, Literal["light", "dark"]]] = {
    "phone": (PHONE, "light"),
    "phone-dark": (PHONE, "dark"),
    "desk": (DESK, "light"),
    "desk-dark": (DESK, "dark"),
}
WITHOUT_A_PDF_VIEWER = """
Object.defineProperty(navigator, "pdfViewerEnabled", { get: () => false });
window.print = () => { window.printed = true; };
navigator.share = async (what) => { window.sent = what; };
"""
"""As a phone is."""


@pytest.fixture
async def family(nats_server: NatsServer, database: TestDatabase, tmp_path: Path) -> AsyncIterator[SharedCertificates]:
    artefacts, browser = tmp_path / "artefacts", Chromium(find_chromium())
    await browser.start()
    async with (
        shared_certificates(nats_server, database, artefacts, Printer(browser)) as family,
        rendering(nats_server, artefacts.as_uri()),
    ):
        yield family
    await browser.stop()


@asynccontextmanager
async def opened(chromium: Browser, family: SharedCertificates, pictures: Path, screen: str) -> AsyncIterator[Shown]:
    """The link in the mail, tapped."""
    await family.issue("c2", layout_id="shoreline", student_id="s-noah", recipient_name="Noah Thompson", title="Kiwi")
    await family.issue("c3", title="Encouragement Award", level_name="")
    await family.portal.neighbours.says(Withdrawn(certificate_id="c3", version=1, reason="a mistake"))
    await family.issue("c1")
    viewport, scheme = SCREENS[screen]
    async with served(family.portal.app) as url:
        context = await chromium.new_context(viewport=viewport, color_scheme=scheme, device_scale_factor=2)
        await context.add_init_script(WITHOUT_A_PDF_VIEWER)
        page = await context.new_page()
        await page.goto(f"{url}{family.link}")
        yield Shown(page, pictures, screen)
        await context.close()


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_guardian_shares_one_certificate_in_a_few_taps(
    chromium: Browser, family: SharedCertificates, pictures: Path, screen: str
) -> None:
    async with opened(chromium, family, pictures, screen) as shown:
        page = shown.page
        await expect(page.get_by_role("heading", name="Mia Thompson")).to_be_visible()
        await shown.picture("family")
        await page.get_by_role("link", name=re.compile("^Little Penguin")).click()
        await expect(page.get_by_role("img", name="awarded to Mia Thompson")).to_be_visible()
        assert await page.evaluate("() => document.querySelector('.paper').decode().then(() => true)")
        await shown.picture("family-certificate")

        await expect(page.get_by_role("radio", name="A swimmer")).to_be_checked()
        await page.get_by_role("radio", name="Mia", exact=False).first.check()
        await page.get_by_label("How long the link works").select_option("One week")
        await page.get_by_role("button", name="Make a share link").click()
        field = page.get_by_label("The new share link")
        await expect(field).to_be_focused()
        link = await field.input_value()
        await page.get_by_role("button", name="Send…").click()
        assert await page.evaluate("() => window.sent.url") == link
        await expect(page.get_by_text("Shows the first name")).to_be_visible()
        await shown.picture("family-new-link")

        grandparents = await chromium.new_page(viewport=SCREENS[screen][0], color_scheme=SCREENS[screen][1])
        here = page.url.split("/family")[0]
        await grandparents.goto(link.replace(PORTAL_URL, here))
        theirs = Shown(grandparents, pictures, screen)
        await expect(grandparents.get_by_role("img", name="awarded to Mia on")).to_be_visible()
        assert "Thompson" not in await grandparents.content()
        await theirs.picture("shared")
        assert theirs.complaints == []
        await page.goto(f"{here}/family/certificates/c1")
        await expect(page.get_by_text("Viewed once")).to_be_visible()
        await page.get_by_role("button", name="Stop sharing").click()
        await expect(page.get_by_text("Your links")).to_be_hidden()
        gone = await grandparents.reload()
        assert gone is not None
        assert gone.status == 404
        assert shown.complaints == []


async def test_print_prints_the_certificate_and_nothing_around_it(
    chromium: Browser, family: SharedCertificates, pictures: Path, tmp_path: Path
) -> None:
    async with opened(chromium, family, pictures, "phone") as shown:
        page = shown.page
        for certificate, wide in (("c1", True), ("c2", False)):
            await page.goto(f"{page.url.split('/family')[0]}/family/certificates/{certificate}")
            await page.get_by_role("link", name="Print").click()
            assert await page.evaluate("() => window.printed")
            await page.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True, print_background=False)
            [paper] = pypdf.PdfReader(tmp_path / "printed.pdf").pages
            assert paper.extract_text().strip() == ""
            assert len(paper.images) == 1
            assert (paper.mediabox.width > paper.mediabox.height) is wide


async def test_everything_of_a_certificate_is_reached_by_keyboard_and_without_script(
    chromium: Browser, family: SharedCertificates, pictures: Path
) -> None:
    async with opened(chromium, family, pictures, "desk") as shown:
        cookies = await shown.page.context.cookies()
        here = shown.page.url.split("/family")[0]
        context = await chromium.new_context(java_script_enabled=False, viewport=DESK)
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(f"{here}/family/certificates/c1")
        await reach(page, "Download PDF")
        async with page.expect_download() as pdf:
            await page.keyboard.press("Enter")
        assert (await pdf.value).suggested_filename == "certificate-2026-c1.pdf"
        await reach(page, "Save image")
        async with page.expect_download() as image:
            await page.keyboard.press("Enter")
        assert (await image.value).suggested_filename == "certificate-2026-c1.jpg"
        await reach(page, "Make a share link")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Your link is ready")).to_be_visible()
        await context.close()


async def reach(page: Page, name: str) -> None:
    """Press Tab until it has the focus."""
    wanted = page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name))
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await wanted.and_(page.locator(":focus")).count():
            return
    raise AssertionError(f"Tab never reaches {name!r}")
