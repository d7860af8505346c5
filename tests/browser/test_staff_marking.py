"""A class at the poolside in a real browser: saved as touched, with the line gone and back, and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from contracts.catalogue import CLASS, STUDENT
from contracts.queries import CompletedLevel, StudentPage
from deploy.embedded.nats import NatsServer
from services.staff.app import build_app
from tests.browser.screens import SCREENS, Shown, at_a_desk_and_on_a_phone, take_back
from tests.conftest import TestDatabase
from tests.running import running, served
from tests.school import SchoolSystem
from tests.service.progression_world import World, progression_world
from tests.service.staff_school import AROHA, LEVEL_3, MAIA, SINEAD, progress, student, student_page, the_class
from tests.service.staff_web import PASSWORD, StaffWeb, put_rangi, settings
from tests.waiting import eventually

CLASS_ADDRESS = "/class?name=Tuesday+4+pm&venue=v1"
RECORD = "progress.cmd.record_marks"
NAMES = ("Tama Walker", "Zoë Fitzgerald-Montgomery", "Wiremu Te Whaiti", "Ana Faasālele-Tuiasosopo", "李小龍")


@pytest.fixture
async def phone(chromium: Browser) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(viewport=SCREENS["phone"], has_touch=True, is_mobile=True)
    yield context
    await context.close()


async def sign_in(page: Page, url: str, username: str = "rangi") -> None:
    await page.goto(f"{url}/sign-in")
    await page.get_by_label("Username").fill(username)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()


async def at_the_pool(page: Page, url: str, teacher: str | None = None) -> None:
    """The class's page, as soon as it saves what is touched."""
    await page.goto(url + CLASS_ADDRESS)
    await expect(page.get_by_role("button", name="Save marks")).to_be_hidden()
    if teacher:
        await page.get_by_label("Teacher").select_option(label=teacher)


async def dive(page: Page, name: str) -> None:
    await page.get_by_role("group", name=name).get_by_label("Dives from the side").check()


def told(web: StaffWeb) -> list[tuple[str, str, object]]:
    """What progression was told, in its order: child, skill, value."""
    return [
        (command["student_id"], mark["skill_id"], mark["value"])
        for command in web.neighbours.told(RECORD)
        for mark in command["marks"]
    ]


async def are_told(web: StaffWeb, *marks: tuple[str, str, object]) -> None:
    async def all_of_them() -> bool:
        return len(told(web)) >= len(marks)

    await eventually(all_of_them, what=f"{marks}, told: {told(web)}")
    assert told(web) == list(marks)


def stands(*, dives: bool, glides: int, completed: bool = False) -> StudentPage:
    """Aroha, by the school's records."""
    level = CompletedLevel(progression_id="p1", level=LEVEL_3, completed_on=date(2026, 3, 11))
    record = progress(AROHA, dives=dives, glides=glides, completed=completed)
    return student_page().model_copy(update={"progress": record, "levels": (level,) if completed else ()})


@at_a_desk_and_on_a_phone
async def test_a_level_is_completed_by_keyboard_celebrated_and_taken_back(
    chromium: Browser,
    web: StaffWeb,
    pictures: Path,
    screen: str,
) -> None:
    class_of_eight = [progress(each, dives=False, glides=80) for each in (AROHA, SINEAD, MAIA)]
    class_of_eight += [progress(student(f"x{n}", name), dives=n % 2 == 0, glides=None) for n, name in enumerate(NAMES)]
    web.neighbours.know(CLASS, the_class(*class_of_eight))
    async with served(web.app) as url:
        page = await chromium.new_page(viewport=SCREENS[screen])
        await sign_in(page, url)
        await at_the_pool(page, url)
        aroha = page.get_by_role("group", name="Aroha Ngata")
        await aroha.get_by_label("Dives from the side").focus()
        await page.keyboard.press("Space")
        await expect(page.get_by_text("Choose who is marking, then mark.")).to_be_visible()
        await expect(aroha.get_by_label("Dives from the side")).not_to_be_checked()
        await page.get_by_label("Teacher").select_option(label="Ana Ruiz")
        await Shown(page, pictures, screen).picture("class-marked")
        assert await too_small(page) == []

        web.neighbours.know(STUDENT, stands(dives=True, glides=80))
        await aroha.get_by_label("Dives from the side").focus()
        await page.keyboard.press("Space")
        await expect(page.get_by_text("All marks saved")).to_be_visible()
        web.neighbours.know(STUDENT, stands(dives=True, glides=100, completed=True))
        await page.keyboard.press("Tab")
        await page.keyboard.press("End")
        celebration = page.get_by_role("region", name="Aroha Ngata", exact=True)
        await expect(celebration).to_contain_text("has mastered every skill of Level 3")
        await expect(celebration).to_contain_text("The certificate is waiting in the office.")
        await expect(aroha).to_contain_text("Level mastered")
        await Shown(page, pictures, screen).picture("celebration", whole=False)

        web.neighbours.know(STUDENT, stands(dives=True, glides=80))
        await take_back(celebration)
        await expect(page.get_by_text("Level 3 is open again for Aroha Ngata")).to_be_visible()
        await expect(celebration).to_be_hidden()
        await expect(aroha.get_by_label("Glides for five metres")).to_be_focused()
        await page.keyboard.press("ArrowRight")
        await are_told(web, ("s1", "dive", True), ("s1", "glide", 100), ("s1", "glide", 80), ("s1", "glide", 85))
        assert {command["teacher_id"] for command in web.neighbours.told(RECORD)} == {"t1"}
        await page.close()


async def too_small(page: Page) -> list[str]:
    """What is to be touched and is less than 44 px high."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll('label.tick, input[type=range], .children a, .saving button')]
            .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"""
    )
    return found


async def test_what_is_touched_without_a_line_arrives_once_when_it_is_back(
    phone: BrowserContext, web: StaffWeb, pictures: Path
) -> None:
    async with served(web.app) as url:
        page = await phone.new_page()
        await sign_in(page, url)
        await at_the_pool(page, url, "Ana Ruiz")
        await phone.set_offline(True)
        await dive(page, "Aroha Ngata")
        await page.get_by_role("group", name="script").get_by_label("Glides").fill("45")
        await page.get_by_role("group", name="Sinéad").get_by_label("Dives from the side").uncheck()
        await expect(page.get_by_text("No connection. 3 marks wait on this phone")).to_be_visible()
        await Shown(page, pictures, "phone").picture("marks-waiting", whole=False)
        assert told(web) == []

        # The first answer is lost on its way: the marks go again, and count once.
        swallowed: list[Route] = []

        async def swallow(route: Route) -> None:
            if swallowed:
                await route.continue_()
                return
            swallowed.append(route)
            await route.fetch()
            await route.abort()

        await page.route("**/class/marks", swallow)
        await phone.set_offline(False)
        await expect(page.get_by_text("All marks saved")).to_be_visible()
        marks = [("s1", "dive", True), ("s4", "glide", 45), ("s2", "dive", False)]
        await are_told(web, *marks)
        moments = [command["marked_at"] for command in web.neighbours.told(RECORD)]
        assert moments == sorted(moments)

        # Touched, and the phone is put away: it is sent by whatever page is opened next.
        await phone.set_offline(True)
        await page.get_by_role("group", name="Sinéad").get_by_label("Dives from the side").check()
        await expect(page.get_by_text("1 mark waits on this phone")).to_be_visible()
        await page.close()
        await phone.set_offline(False)
        web.neighbours.know(STUDENT, stands(dives=True, glides=80))
        page = await phone.new_page()
        await page.goto(f"{url}/classes")
        await are_told(web, *marks, ("s2", "dive", True))
        await at_the_pool(page, url)
        await expect(page.get_by_label("Teacher")).to_have_value("t1")


async def test_marks_of_a_session_that_ended_wait_for_whoever_made_them(
    phone: BrowserContext, web: StaffWeb, database: TestDatabase
) -> None:
    await put_rangi(database, username="mere")
    async with served(web.app) as url:
        page = await phone.new_page()
        await sign_in(page, url)
        await at_the_pool(page, url, "Tom O'Neill")
        await phone.clear_cookies()
        await dive(page, "Aroha Ngata")
        await expect(page.get_by_text("You are signed out. 1 mark waits on this phone")).to_be_visible()
        await page.get_by_role("link", name="Sign in again").click()

        await sign_in(page, url, "mere")
        await at_the_pool(page, url)
        await expect(page.get_by_text("1 mark waits on this phone for whoever made it to sign in.")).to_be_visible()
        await page.get_by_role("group", name="Sinéad").get_by_label("Dives from the side").click()
        await expect(page.get_by_text("Choose who is marking")).to_be_visible()
        assert told(web) == []
        await page.get_by_role("button", name="Sign out").click()

        await sign_in(page, url)
        await are_told(web, ("s1", "dive", True))
        assert web.neighbours.told(RECORD)[0]["teacher_id"] == "t2"


async def test_a_class_is_marked_without_script(chromium: Browser, web: StaffWeb) -> None:
    async with served(web.app) as url:
        context = await chromium.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{url}/sign-in")
        await page.get_by_label("Username").fill("rangi")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.goto(url + CLASS_ADDRESS)
        await page.get_by_label("Teacher").select_option(label="Ana Ruiz")
        await page.get_by_role("group", name="Aroha").get_by_label("Glides for five metres").fill("85")
        await page.get_by_role("button", name="Save marks").click()
        await expect(page.get_by_text("Marks saved")).to_be_visible()
        await are_told(web, ("s1", "glide", 85))
        await context.close()


async def test_two_phones_and_the_real_records(
    chromium: Browser,
    phone: BrowserContext,
    nats_server: NatsServer,
    database: TestDatabase,
    school: SchoolSystem,
) -> None:
    """The newest touch stands, whoever's line is slower; a level comes and goes with the marks."""
    await put_rangi(database)
    app = build_app(settings(database, nats_server))
    async with progression_world(nats_server, database, school) as world, running(app), served(app) as url:
        await world.settled(await world.put_student("kai", class_name="Tuesday 4 pm", venue_id=None))
        address = "/class?name=Tuesday+4+pm"
        slow, quick = await phone.new_page(), await chromium.new_page()
        for page in (slow, quick):
            await sign_in(page, url)
            await page.goto(url + address)
            await page.get_by_label("Teacher").select_option(label="Tama Walker")
        await phone.set_offline(True)
        await slow.get_by_label("Freestyle 25 m").fill("60")
        await expect(slow.get_by_text("1 mark waits")).to_be_visible()
        await quick.get_by_label("Freestyle 25 m").fill("100")
        await expect(quick.get_by_text("All marks saved")).to_be_visible()
        await phone.set_offline(False)
        await expect(slow.get_by_text("somebody has marked it since you did, so theirs stands")).to_be_visible()
        await expect(slow.get_by_role("slider", name="Freestyle 25 m")).to_have_value("100")

        await slow.get_by_role("checkbox", name="Floats on back").check()
        await expect(slow.get_by_text("The certificate is waiting in the office.").first).to_be_visible()
        assert len(await world.pending_ids()) == 1
        await slow.get_by_role("button", name="Undo Kai Ngata, Floats on back").click()
        await expect(slow.get_by_text("Seahorse is open again for Kai Ngata")).to_be_visible()
        assert await world.pending_ids() == set()
        await acted_on(world, slow)
        await quick.close()


async def acted_on(world: World, page: Page) -> None:
    """The office was quicker: what is issued stays, and that is said."""
    await page.get_by_role("checkbox", name="Floats on back").check()
    await expect(page.get_by_role("region", name="Kai Ngata")).to_be_visible()
    [progression_id] = await world.pending_ids()
    await world.settled(await world.run("r1", [{"progression_id": progression_id}]))
    await page.get_by_role("checkbox", name="Floats on back").uncheck()
    await expect(page.get_by_text("The office has acted on Seahorse already: certificate")).to_be_visible()
