"""Somebody scans the code on a certificate, or has its file: on a phone and at a desk, by day and by night."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.certificates import Replaced, Withdrawn
from deploy.embedded.nats import NatsServer
from tests.browser.screens import SCREENS, Shown, tab_to
from tests.conftest import TestDatabase
from tests.running import served
from tests.service.neighbours_families import PDF, SCHOOL_NAME, issued, pdf_of
from tests.service.portal_running import Portal, portal_running

Scheme = Literal["light", "dark"]
on_every_screen = pytest.mark.parametrize(
    ("screen", "scheme"), [("desk", "light"), ("phone", "light"), ("phone", "dark")], ids=lambda part: part
)
CORRECTED = PDF + b"% corrected\n"


@pytest.fixture
async def portal(nats_server: NatsServer, database: TestDatabase, tmp_path: Path) -> AsyncIterator[Portal]:
    async with portal_running(nats_server, database, tmp_path / "artefacts") as portal:
        yield portal


async def check_file(page: Page, content: bytes) -> None:
    file = {"name": "certificate.pdf", "mimeType": "application/pdf", "buffer": content}
    await page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Check this file").click()


@on_every_screen
async def test_a_certificate_on_paper_and_its_file_are_checked(
    chromium: Browser, portal: Portal, pictures: Path, screen: str, scheme: Scheme
) -> None:
    await portal.issue(issued("c1"))
    async with served(portal.app) as url:
        page = await chromium.new_page(viewport=SCREENS[screen], color_scheme=scheme)
        shown = Shown(page, pictures, f"{screen}-{scheme}")
        await page.goto(f"{url}/verify/code-c1")
        await expect(page.get_by_role("heading", name="This certificate is genuine")).to_be_visible()
        for fact in (SCHOOL_NAME, "Dolphin 3", "12 March 2026", "Mia T."):
            await expect(page.get_by_text(fact, exact=True).first).to_be_visible()
        assert "Thompson" not in await page.content()
        await shown.picture("verified")

        await check_file(page, PDF)
        await expect(page.get_by_role("status")).to_contain_text("exactly the file that was issued")
        await shown.picture("verified-file")
        await check_file(page, PDF + b" ")
        await expect(page.get_by_role("status")).to_contain_text("not the file that was issued")
        await shown.picture("verified-another-file")

        await tab_to(page, "Check this file")
        await page.goto(f"{url}/verify/another-code")
        await expect(page.get_by_role("heading", name="no certificate with this code")).to_be_visible()
        await shown.picture("unverified")
        assert [said for said in shown.complaints if "404" not in said] == []
        await page.close()


@on_every_screen
async def test_a_certificate_that_no_longer_counts_says_so_and_so_does_its_file(
    chromium: Browser, portal: Portal, pictures: Path, screen: str, scheme: Scheme
) -> None:
    await portal.issue(issued("c1"))
    await portal.neighbours.says(Replaced(certificate_id="c1", version=1, reason="a wrong name", by_version=2))
    await portal.neighbours.settled("portal")
    async with served(portal.app) as url:
        page = await chromium.new_page(viewport=SCREENS[screen], color_scheme=scheme)
        shown = Shown(page, pictures, f"{screen}-{scheme}")
        await page.goto(f"{url}/verify/code-c1")
        await expect(page.get_by_role("heading", name="This certificate was replaced")).to_be_visible()
        await shown.picture("verified-replaced")

        await portal.issue(issued("c1", 2, pdf=pdf_of("c1", 2, CORRECTED)), CORRECTED)
        await page.reload()
        await expect(page.get_by_role("heading", name="This certificate is genuine")).to_be_visible()
        await check_file(page, PDF)
        await expect(page.get_by_role("status")).to_contain_text("replaced by a corrected one later")
        await shown.picture("verified-old-file")

        await portal.neighbours.says(Withdrawn(certificate_id="c1", version=2, reason="a mistake"))
        await portal.neighbours.settled("portal")
        await check_file(page, CORRECTED)
        await expect(page.get_by_role("heading", name="This certificate was withdrawn")).to_be_visible()
        await expect(page.get_by_role("status")).to_contain_text("withdrawn later")
        await shown.picture("verified-withdrawn")
        assert shown.complaints == []
        await page.close()
