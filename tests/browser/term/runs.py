"""Runs: reviewed, started, followed and undone; cancelled; and what failed tried again."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from services.staff.roles import OFFICE
from tests.browser.term.school import Office, Term

START = "Start Certificate Generation"


async def a_list_is_reviewed_and_a_run_is_undone(term: Term) -> None:
    await term.ready("Aroha", "Tāne", "Māia")
    async with term.signed_in(OFFICE) as office:
        await office.looks("home", "Certificates a week")
        await narrowed(office)
        await _renamed(office, "Tāne", "Tommy")
        await box(office, "Māia").uncheck()
        await office.page.get_by_label(f"Notes for Aroha {term.family_name}").fill("Ka pai! Brave in the deep end.")
        await office.row("Aroha").get_by_role("link", name="Preview").click()
        await expect(office.page.get_by_role("dialog").get_by_role("img")).to_be_visible()
        await office.picture("term-preview", whole=False)
        await office.press("Close")
        await office.looks("pending")
        await _pages_of_their_own(office)
        await started(office)
        await office.looks("run-done", "2 of 2 certificates done")
        await office.press("Undo")
        await office.looks("run-undone", "This run was undone")
        await narrowed(office)
        await expect(box(office, "Aroha")).to_be_checked()


async def a_run_is_cancelled(term: Term) -> None:
    """Its mail is for later; whoever is printed by then stays issued."""
    await term.ready(*(f"Kai {n}" for n in range(1, 41)))
    async with term.signed_in(OFFICE) as office:
        await narrowed(office)
        await office.press(START)
        await office.page.get_by_role("radio", name="Later").check()
        await office.page.get_by_label("Mail at").fill("2099-12-20T09:00")
        await office.looks("confirm-later", "will be mailed later")
        await office.press(START)
        await office.press("Cancel the rest")
        await office.looks("run-cancelled", "The rest of this run was cancelled")
        await office.goes("Runs")
        await office.looks("runs", re.compile("cancelled"))


async def names_that_do_not_fit_are_tried_again(term: Term) -> None:
    """A layout with too little room; it is mended, and "Retry failed" prints what had failed."""
    level = await term.cramped_level()
    student_id = await term.child("Maximiliana-Josephine Featherstonehaugh-Cholmondeley", level)
    await term.household.complete(student_id, level)
    async with term.signed_in(OFFICE) as office:
        await narrowed(office)
        await office.looks("pending-too-long", "Edit the name")
        await started(office)
        await office.looks("run-failed", "0 of 1 certificate done", "1 failed")
        await office.goes("Home")
        await office.looks("home-attention", "certificate could not be printed")
        await office.goes("Needs attention")
        await office.looks("attention-certificates", "Maximiliana-Josephine")
        await term.publish("roomy")
        await office.row("Maximiliana").get_by_role("button", name="Try again").click()
        await office.sees("On its way again.")
        await office.goes("Runs")
        await office.main.get_by_role("row").nth(1).get_by_role("link").click()
        await office.looks("run-mended", "1 of 1 certificate done")


async def a_failed_run_is_retried(term: Term) -> None:
    level = await term.cramped_level()
    student_id = await term.child("Wilhelmina-Alexandra Featherstonehaugh-Cholmondeley", level)
    await term.household.complete(student_id, level)
    async with term.signed_in(OFFICE) as office:
        await narrowed(office)
        await started(office)
        await office.sees("1 failed")
        await term.publish("roomy")
        await office.press("Retry failed")
        await office.sees("1 of 1 certificate done")


async def the_list_works_without_script(term: Term) -> None:
    await term.ready("Ana")
    async with term.signed_in(OFFICE, script=False) as office:
        for link, shown in (("Preview", "As it will be printed."), ("Edit name", "Leave it empty to print")):
            await office.opens("/pending")
            await office.page.get_by_role("searchbox").fill(f"Ana {term.family_name}")
            await office.press("Find")
            await office.row("Ana").get_by_role("link", name=link).first.click()
            await office.sees(shown)


async def narrowed(office: Office) -> None:
    """To the list, and to the class of the walk's family."""
    await office.goes("View All Pending Progressions")
    classes = office.page.get_by_label("Class", exact=True)
    # Once the page's script runs: a menu that is chosen from before is not heard.
    await expect(office.page.get_by_role("button", name="Show", exact=True)).to_be_hidden()
    if office.term.screen == "phone":
        await expect(classes).to_be_hidden()
        await office.page.get_by_text("Filters", exact=True).click()
    await classes.select_option(label=office.term.household.class_name)
    await office.page.wait_for_url(re.compile("class="))


async def started(office: Office) -> None:
    await office.press(START)
    await office.looks("confirm", "Check and start")
    await office.press(START)
    await office.page.wait_for_url("**/runs/*")


def box(office: Office, given_name: str) -> Locator:
    certificates = office.region("Certificates to be Issued")
    return certificates.get_by_role("checkbox", name=f"to {given_name} {office.term.family_name}")


async def _pages_of_their_own(office: Office) -> None:
    """What opens in a sheet over the list has an address too."""
    link = office.row("Aroha").get_by_role("link", name="Preview")
    address = str(await link.get_attribute("href"))
    await office.opens(address)
    await expect(office.main.get_by_role("img")).to_be_visible()
    await office.looks("preview-page", "As it will be printed.")
    await office.opens(address.replace("/preview", "/name"))
    await office.looks("name-page", "Leave it empty to print")
    await office.page.go_back()
    await office.page.go_back()
    await expect(office.page.get_by_label(f"Notes for Aroha {office.term.family_name}")).to_be_visible()


async def _renamed(office: Office, given_name: str, printed: str) -> None:
    await office.row(given_name).first.get_by_role("link", name="Edit name").click()
    sheet = office.page.get_by_role("dialog", name="Name on certificate")
    await sheet.get_by_label("First name, as it is printed").fill(printed)
    await office.picture("term-name", whole=False)
    await sheet.get_by_role("button", name="Save name").click()
    await expect(sheet).to_be_hidden()
    await expect(box(office, printed)).to_be_checked()
