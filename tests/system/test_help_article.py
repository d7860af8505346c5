"""The vendor's help article from its first to its last sentence, in a real browser, on the whole stack."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from deploy.endpoints import Endpoints
from services.rendering.chromium import find_chromium
from tests.paper import text_of
from tests.system.households import Household, family_link, plain_text


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    # Chromium's sandbox does not start as root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield chromium
        await chromium.close()


@pytest.fixture
async def page(browser: Browser, endpoints: Endpoints) -> AsyncIterator[Page]:
    """A staff member's browser, signed in."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(10_000)
    await page.goto(endpoints.staff)
    await page.get_by_label("Username").fill(endpoints.staff_user)
    await page.get_by_label("Password").fill(endpoints.staff_password)
    await page.get_by_role("button", name="Sign in").click()
    yield page
    await page.close()


async def certificates_to_issue(page: Page) -> int:
    """The figure in the "Certificates & Levels" box."""
    box = await page.get_by_role("region", name="Certificates & Levels").inner_text()
    found = re.search(r"Certificates to issue\s+(\d+)", box)
    assert found is not None, box
    return int(found.group(1))


async def mark_everything(page: Page, household: Household, names: list[str]) -> None:
    """A teacher ticks all boxes and has all scales at 100 %."""
    await page.get_by_role("link", name="Classes").click()
    await page.get_by_role("link", name=household.class_name).click()
    await page.get_by_label("Teacher").select_option(label="Māia Tūhoe")
    for name in names:
        card = page.get_by_role("group", name=name)
        await card.get_by_label("Floats on the back").check()
        await card.get_by_label("Freestyle 10 m").fill("100")
        # Each is saved as it is touched.
        await expect(page.get_by_role("status").filter(has_text=f"{name} has mastered every skill of")).to_be_attached()


async def untick_all_but(region: Locator, student: str) -> None:
    ticked = region.get_by_role("checkbox", checked=True)
    for name in await ticked.evaluate_all("boxes => boxes.map(box => box.getAttribute('aria-label'))"):
        if student not in name:
            await region.get_by_role("checkbox", name=name, exact=True).uncheck()


async def read_pdf(page: Page, link_name: str = "View") -> str:
    """The text of the certificate behind the page's first View."""
    address = await page.get_by_role("link", name=link_name, exact=True).first.get_attribute("href")
    assert address is not None
    answer = await page.request.get(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + address)
    assert answer.headers["content-type"] == "application/pdf"
    return text_of(await answer.body())


async def test_the_help_article_from_first_to_last(
    page: Page, browser: Browser, household: Household, tmp_path: Path
) -> None:
    for given in ("Aroha", "Tamati"):
        await household.add_student(given, "Ngāta")
    await household.add_student("Wiremu", "Ngāta", household.last_level)
    level, last = f"Seahorse {household.key}", f"Kingfish {household.key}"
    before = await certificates_to_issue(page)

    # "Once you mark off a student's total skills …"
    await mark_everything(page, household, ["Aroha Ngāta", "Tamati Ngāta", "Wiremu Ngāta"])
    await page.screenshot(path=tmp_path / "marks.png", full_page=True)
    await page.reload()
    assert await certificates_to_issue(page) == before + 3

    # "When you are ready to issue certificates, click on 'View All Pending Progressions'."
    await page.get_by_role("link", name="View All Pending Progressions").click()
    certificates = page.get_by_role("region", name="Certificates to be Issued")
    changes = page.get_by_role("region", name="Level Progressions / Changes to be Actioned")
    blocked = certificates.get_by_role("row").filter(has_text="Wiremu Ngāta")
    await expect(blocked.get_by_role("checkbox")).to_be_disabled()
    await expect(blocked).to_contain_text(f"{last} has no certificate layout")

    # "If there are students you do not want to issue certificates to at this stage …": only Aroha is.
    for region in (certificates, changes):
        await untick_all_but(region, "Aroha Ngāta")

    # "You can add any notes you wish …"
    await page.get_by_label("Notes for Aroha Ngāta").fill("Ka pai! Brave in the deep end.")
    await page.screenshot(path=tmp_path / "pending.png", full_page=True)

    # What it will look like: the very certificate, from the printer.
    aroha = certificates.get_by_role("row").filter(has_text="Aroha Ngāta")
    await aroha.get_by_role("link", name="Preview").click()
    await expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    await page.screenshot(path=tmp_path / "preview.png")
    await page.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Start Certificate Generation").click()
    await expect(page.get_by_role("region", name="What will happen")).to_contain_text("1 certificate for 1 student")
    await page.screenshot(path=tmp_path / "confirm.png", full_page=True)
    await page.get_by_role("button", name="Start Certificate Generation").click()
    await expect(page.get_by_text("1 of 1 certificate done")).to_be_visible(timeout=60_000)
    await page.screenshot(path=tmp_path / "run.png", full_page=True)

    # "The certificates … are in the student's 'Certificates Issued' section … click on 'View'."
    await page.get_by_role("link", name="Aroha Ngāta").first.click()
    issued = page.get_by_role("region", name="Certificates Issued")
    await expect(issued).to_contain_text(level)
    paper = await read_pdf(page)
    assert "Aroha Ngāta" in paper
    assert "Ka pai! Brave in the deep end." in paper
    await page.screenshot(path=tmp_path / "student.png", full_page=True)

    # "Anyone you do not want to process will still be waiting … for the next time."
    await page.get_by_role("link", name="View All Pending Progressions").click()
    await expect(page.get_by_label(f"Issue {level} to Tamati Ngāta")).to_be_checked()
    await expect(page.get_by_label(f"Issue {level} to Aroha Ngāta")).to_have_count(0)

    # "Issuing a certificate will send an email to the families …"
    mail = await household.mail(household.addresses[0])
    assert "Aroha Ngāta" in plain_text(mail)
    assert [len(household.mails(address)) for address in household.addresses] == [1, 1]

    # "Customers can also view and share their certificates in the customer portal."
    await the_family_views_and_shares(browser, family_link(mail), tmp_path)


async def the_family_views_and_shares(browser: Browser, link: str, tmp_path: Path) -> None:
    phone = await browser.new_page(viewport={"width": 390, "height": 844})
    await phone.goto(link)
    await phone.screenshot(path=tmp_path / "family.png", full_page=True)
    await phone.get_by_role("link").filter(has_text="Seahorse").click()
    assert "Aroha Ngāta" in await read_pdf(phone, "View PDF")
    await phone.get_by_role("radio", name="Aroha Ngāta").check()
    await phone.get_by_role("button", name="Make a share link").click()
    shared = await phone.get_by_label("The new share link").input_value()
    await phone.screenshot(path=tmp_path / "certificate.png", full_page=True)

    grandparent = await browser.new_page()
    await grandparent.goto(shared)
    await expect(grandparent.get_by_text("Aroha Ngāta")).to_be_visible()
    assert link not in await grandparent.content()
    assert "Aroha Ngāta" in await read_pdf(grandparent, "View PDF")

    await phone.goto(phone.url)
    await phone.get_by_role("button", name="Stop sharing").click()
    async with httpx.AsyncClient() as client:
        assert (await client.get(shared)).status_code == 404
    await phone.close()
    await grandparent.close()


async def test_an_ad_hoc_certificate_from_the_students_page(page: Page, household: Household, tmp_path: Path) -> None:
    await household.add_student("Mere", "O'Neill")
    await page.get_by_role("link", name="Students").click()
    await page.get_by_role("searchbox").fill("Mere O'Neill")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Mere O'Neill").first.click()

    # "Click on 'Issue Ad-hoc Certificate'. Select your certificate layout and teacher …"
    await page.get_by_role("link", name="Issue Ad-hoc Certificate").click()
    await page.get_by_label("Layout").select_option(value="shoreline")
    await expect(page.get_by_label("Notes")).to_be_hidden()
    await page.get_by_label("Layout").select_option(value="harbour")
    await page.get_by_label("Teacher").select_option(label="Māia Tūhoe")
    await page.get_by_label("Title").fill("Encouragement Certificate")
    await page.get_by_label("Notes").fill("For trying again, and again.")
    await page.screenshot(path=tmp_path / "ad-hoc.png", full_page=True)
    # "Then click on 'Process Certificate Request'."
    await page.get_by_role("button", name="Process Certificate Request").click()

    issued = page.get_by_role("region", name="Certificates Issued")
    await expect(issued.get_by_role("link", name="View", exact=True)).to_be_visible(timeout=60_000)
    paper = await read_pdf(page)
    for expected in ("Mere O'Neill", "Encouragement Certificate", "For trying again, and again.", "Māia Tūhoe"):
        assert expected in paper
    assert "Mere O'Neill" in plain_text(await household.mail(household.addresses[0]))
