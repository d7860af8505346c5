"""What families and staff have to do with each other: a name is wrong, and is put right."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import expect

from services.staff.roles import MANAGER, OFFICE
from tests.browser.screens import SCREENS, Shown
from tests.browser.term.school import Term
from tests.system.households import family_link

WISH = "Ria-Rose"
DECLINED = "We print the name she is enrolled with."


async def a_family_asks_for_another_name(term: Term) -> None:
    await _certificate_of(term, "Ria")
    async with _family(term) as family:
        await _asks(family, f"{WISH} {term.family_name}", "She has both our names.")
        await expect(family.page.get_by_text("The school will look at it.")).to_be_visible()
        await family.picture("term-family-name-asked")
    async with term.signed_in(OFFICE) as office:
        await office.sees("another name on a certificate")
        await office.goes("Needs attention")
        await office.looks("attention-names", "Names that families ask to have corrected", "A manager can answer")
        await office.row(f"{WISH} {term.family_name}").get_by_role("link", name="Well done").click()
        await office.looks("certificate-asked-of-the-office", "The family asks for another name", "A manager can issue")
    async with term.signed_in(MANAGER) as manager:
        await manager.goes("Needs attention")
        await manager.row(f"{WISH} {term.family_name}").get_by_role("link", name="Reissue with this name").click()
        await expect(manager.page.get_by_label("First name on later certificates")).to_have_value(WISH)
        await manager.looks("certificate-asked", "The family asks for another name", "She has both our names.")
        await manager.press("Issue corrected certificate")
        await expect(manager.region("Versions").get_by_text("Issued", exact=True)).to_be_visible(timeout=60_000)
        await expect(manager.main.get_by_text("The family asks for another name")).to_have_count(0)
        await manager.looks("certificate-as-asked", "Another name asked for")
        await manager.opens(f"/students/{term.names['Ria']}")
        await manager.sees(f"{WISH} {term.family_name}")
    async with _family(term) as family:
        await family.page.reload()
        await expect(family.page.get_by_text("The school has corrected the certificate.")).to_be_visible()
        await family.picture("term-family-name-corrected")
        await _asks(family, f"Princess {term.family_name}", "")
    async with term.signed_in(MANAGER) as manager:
        await manager.goes("Needs attention")
        await manager.row(f"Princess {term.family_name}").get_by_role("link", name="Decline…").click()
        await manager.page.get_by_label("What do you say to the family?").fill(DECLINED)
        await manager.looks("certificate-decline", "They read these words")
        await manager.press("Decline")
        await expect(manager.main.get_by_text("The family asks for another name")).to_have_count(0)
        await manager.looks("certificate-declined", "Another name declined")
    async with _family(term) as family:
        await expect(family.page.get_by_text(DECLINED)).to_be_visible()
        await family.picture("term-family-name-declined")


async def _certificate_of(term: Term, given_name: str) -> None:
    """Mailed at once."""
    body = {
        "certificate_id": f"asked-{term.household.key}",
        "student_id": await term.child(given_name),
        "layout_id": "spotlight",
        "teacher_id": term.household.teacher_id,
        "title": "Well done",
        "requested_by": "Office",
    }
    await term.household.school.command("certificates.cmd.issue_ad_hoc", body)


@asynccontextmanager
async def _family(term: Term) -> AsyncIterator[Shown]:
    """On their page of the certificate, by the link in their mail."""
    link = family_link(await term.household.mail(term.household.addresses[0]))
    context = await term.chromium.new_context(viewport=SCREENS[term.screen])
    page = await context.new_page()
    shown = Shown(page, term.pictures, term.screen)
    try:
        await page.goto(link)
        await page.get_by_role("link", name=re.compile("Well done")).first.click()
        yield shown
        assert shown.complaints == []
    finally:
        await context.close()


async def _asks(family: Shown, name: str, message: str) -> None:
    await family.page.get_by_text(re.compile(r"Is the name (still )?wrong\?")).click()
    await family.page.get_by_label("The name as it should be printed").fill(name)
    await family.page.get_by_label("A few words to the school").fill(message)
    await family.picture("term-family-name")
    await family.page.get_by_role("button", name="Ask the school").click()
    await expect(family.page.get_by_text(f"You asked for {name}")).to_be_visible()
    assert name not in family.page.url
