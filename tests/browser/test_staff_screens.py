"""The staff web in a real browser: by keyboard alone, on a desk's screen and on a phone's."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, expect

from contracts.catalogue import RUN, SUMMARY
from contracts.queries import Summary
from services.staff.school_watch import SHOWN
from tests.browser.screens import SCREENS, Shown, at_a_desk_and_on_a_phone, sign_in, tab_to
from tests.running import served
from tests.service import staff_school
from tests.service.staff_web import StaffWeb
from tests.waiting import eventually

ADDRESSES = {
    "home": "/",
    "pending": "/pending",
    "run": "/runs/r2",
    "runs": "/runs",
    "not-handed-out-empty": "/not-handed-out",
    "students": "/students",
    "student": "/students/s1",
    "ad-hoc": "/students/s1/ad-hoc",
    "certificate": "/certificates/c1",
    "classes": "/classes",
    "class": "/class?name=Tuesday+4+pm&venue=v1&saved=s2",
    "levels": "/levels",
    "level": "/levels/starfish",
    "layouts": "/layouts",
    "layout": "/layouts/plain",
    "import": "/import",
    "nothing": "/nowhere",
}


@at_a_desk_and_on_a_phone
async def test_every_page_fits_its_screen_shuts_nobody_out_and_keeps_to_its_policy(
    chromium: Browser, web: StaffWeb, pictures: Path, screen: str
) -> None:
    web.neighbours.know(RUN, staff_school.run("r2", "issued", "failed", "issued", "issuing"))
    async with served(web.app) as url:
        page = await chromium.new_page(viewport=SCREENS[screen])
        shown = Shown(page, pictures, screen)
        await page.goto(url)
        await shown.picture("sign-in")
        await sign_in(page, url)
        for name, address in ADDRESSES.items():
            await page.goto(url + address)
            await shown.picture(name)
        await page.close()
    assert [complaint for complaint in shown.complaints if "404" not in complaint] == []


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


async def test_the_front_page_says_what_has_changed_without_a_touch(chromium: Browser, web: StaffWeb) -> None:
    async with served(web.app) as url:
        page = await chromium.new_page()
        await sign_in(page, url)
        async with page.expect_request("**/events"):
            await page.get_by_role("link", name="Home", exact=True).click()
        box = page.get_by_role("region", name="Certificates & Levels", exact=True)
        await expect(box).to_contain_text(re.compile(r"Certificates to issue\s*3"))
        # The first look of the watch is the one that the others are held against.
        asked = len(web.neighbours.asked)

        async def looked() -> bool:
            return len(web.neighbours.asked) >= asked + len(SHOWN)

        await eventually(looked)
        web.neighbours.know(SUMMARY, Summary(level_progressions=2, certificates_to_issue=17, blocked=0))
        await expect(box).to_contain_text(re.compile(r"Certificates to issue\s*17"))
        await expect(page.get_by_text("its level has no layout")).to_be_hidden()
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
