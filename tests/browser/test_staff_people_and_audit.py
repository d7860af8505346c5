"""People, roles and the audit in a real browser: at a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, Page, expect

from services.staff.roles import TEACHER
from tests.browser.screens import SCREENS, Shown, at_a_desk_and_on_a_phone, sign_in
from tests.conftest import TestDatabase
from tests.running import served
from tests.service.staff_web import PASSWORD, StaffWeb, put_rangi

OWN = "three small boats"


async def enter(page: Page, url: str, username: str, password: str) -> None:
    await page.goto(f"{url}/sign-in")
    await page.get_by_label("Username").fill(username)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


@at_a_desk_and_on_a_phone
async def test_a_manager_adds_a_colleague_who_signs_in_and_is_shown_what_is_theirs(
    chromium: Browser, web: StaffWeb, pictures: Path, screen: str
) -> None:
    async with served(web.app) as url:
        manager = await chromium.new_page(viewport=SCREENS[screen])
        shown = Shown(manager, pictures, screen)
        await sign_in(manager, url)
        await manager.get_by_role("link", name="People", exact=True).click()
        await manager.get_by_role("link", name="Add a person").click()
        await manager.get_by_label("Name", exact=True).fill("Hana Kim")
        await manager.get_by_label("Username").fill("hana")
        await manager.get_by_role("radio", name="Teacher").check()
        await shown.picture("person-add")
        await manager.get_by_role("button", name="Add person").click()
        await expect(manager.get_by_role("heading", name="Hana Kim can sign in")).to_be_visible()
        password = await manager.locator("code").inner_text()
        await shown.picture("password-given")

        teacher = await (await chromium.new_context(viewport=SCREENS[screen])).new_page()
        theirs = Shown(teacher, pictures, screen)
        await enter(teacher, url, "hana", password)
        await expect(teacher.get_by_role("heading", name="Choose your password")).to_be_visible()
        await theirs.picture("password-first")
        await teacher.get_by_label("One-time password").fill(password)
        await teacher.get_by_label("New password", exact=True).fill(OWN)
        await teacher.get_by_label("New password again").fill(OWN)
        await teacher.get_by_role("button", name="Choose password").click()
        await expect(teacher.get_by_role("heading", name="Classes")).to_be_visible()
        links = teacher.get_by_role("navigation", name="Main").get_by_role("link")
        assert await links.all_inner_texts() == ["Classes", "Students", "Not handed out"]
        await theirs.picture("classes-of-a-teacher")
        await teacher.goto(f"{url}/students/s1")
        await expect(teacher.get_by_role("link", name="Issue Ad-hoc Certificate")).to_have_count(0)
        await teacher.goto(f"{url}/pending")
        await expect(teacher.get_by_role("heading", name="This is for the office")).to_be_visible()
        await expect(teacher.get_by_text("Ask a manager of your school: Rangi Patel.")).to_be_visible()
        await theirs.picture("not-theirs")

        await manager.get_by_role("link", name="I have passed it on").click()
        await manager.get_by_role("link", name="Hana Kim").first.click()
        await manager.get_by_role("radio", name="Office").check()
        await shown.picture("person")
        await manager.get_by_role("button", name="Save").click()
        await expect(manager.get_by_role("status")).to_contain_text("Saved.")
        await manager.get_by_text("Close this account").click()
        await manager.get_by_role("button", name="Close account").click()
        await expect(manager.get_by_role("button", name="Reopen account")).to_be_visible()
        await shown.picture("person-closed")
        await manager.goto(f"{url}/people")
        listed = manager.get_by_role("region", name="People", exact=True).get_by_role("row", name="Hana Kim")
        await expect(listed).to_contain_text("Closed")
        await shown.picture("people")
        await enter(teacher, url, "hana", OWN)
        await expect(teacher.get_by_role("alert")).to_contain_text("This account is closed")

        await listed.get_by_role("link").click()
        await manager.get_by_role("button", name="Reopen account").click()
        await manager.get_by_text("Give a new password").click()
        await manager.get_by_role("button", name="Give new password").click()
        await expect(manager.get_by_role("heading", name="Hana Kim has a new password")).to_be_visible()
        assert await manager.locator("code").inner_text() != password
        await manager.get_by_role("banner").get_by_role("link", name="change your password").click()
        await manager.get_by_label("Current password").fill(PASSWORD)
        await manager.get_by_label("New password", exact=True).fill(OWN)
        await manager.get_by_label("New password again").fill(OWN)
        await shown.picture("password")
        await manager.get_by_role("button", name="Change password").click()
        await expect(manager.get_by_role("status")).to_have_text("Your password is changed.")
        await manager.close()
        await teacher.context.close()


@at_a_desk_and_on_a_phone
async def test_what_was_done_to_certificates_is_looked_up(
    chromium: Browser, web: StaffWeb, pictures: Path, screen: str
) -> None:
    async with served(web.app) as url:
        page = await chromium.new_page(viewport=SCREENS[screen])
        shown = Shown(page, pictures, screen)
        await sign_in(page, url)
        await page.get_by_role("link", name="Audit", exact=True).click()
        region = page.get_by_role("region", name="Audit")
        await expect(region.get_by_text("By itself")).to_be_visible()
        await expect(region.get_by_text("“Her name has a macron”")).to_be_visible()
        await shown.picture("audit")
        await page.get_by_role("searchbox", name="Search by student").fill("Tūwhare")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="All entries")).to_be_visible()
        assert page.url == f"{url}/audit"
        await page.get_by_role("button", name="Older").click()
        await expect(page.get_by_role("searchbox")).to_have_value("Tūwhare")
        await page.goto(f"{url}/certificates/c1")
        history = page.get_by_role("region", name="History")
        await expect(history.get_by_text("Corrected")).to_be_visible()
        await shown.picture("certificate")
        await history.get_by_role("link", name="Open in Audit").click()
        await page.get_by_role("link", name="Older").click()
        assert page.url == f"{url}/audit?certificate=c1&before=1"
        await page.close()
    asked = [request.model_dump(exclude_none=True) for name, _, request in web.neighbours.asked if name == "audit"]
    assert {"search": "Tūwhare", "before": 1, "limit": 100} in asked


async def test_a_teacher_reaches_everything_of_theirs_by_keyboard_alone(
    chromium: Browser, web: StaffWeb, database: TestDatabase
) -> None:
    await put_rangi(database, username="tia", role=TEACHER)
    async with served(web.app) as url:
        page = await chromium.new_page()
        await enter(page, url, "tia", PASSWORD)
        await page.wait_for_url("**/classes")
        await page.get_by_role("link", name="Skip to the page").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Tuesday 4 pm")).to_be_focused()
        await page.close()
