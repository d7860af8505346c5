"""E-mails: what comes next is written, looked at beside what is typed, and stands in the mail that a family gets."""

from __future__ import annotations

from playwright.async_api import FrameLocator, Locator, expect

from contracts.envelope import new_id
from services.staff.roles import MANAGER, OFFICE
from tests.browser.term.school import Office, Term
from tests.system.households import html_text, plain_text
from tests.waiting import eventually

TEXT = "Ka pai, {{ child }}! Next is {{ next_level }} at {{ school }}.\n\nTimes: https://harbour.example/terms"


async def what_comes_next_is_written_and_mailed(term: Term) -> None:
    level, next_level = f"Seahorse {term.household.key}", f"Kingfish {term.household.key}"
    async with term.signed_in(MANAGER) as manager:
        await manager.goes("E-mails")
        await _letterhead(manager)
        await _a_text(manager, level, next_level)
        await manager.goes("Every other level")
        await manager.page.get_by_label("for everybody whose language has none").fill("Well done from all of us!")
        await manager.press("Save text")
        await manager.looks("emails", "The same as every other level", "Well done from all of us!")
    await _is_mailed(term, f"Ka pai, Pania {term.family_name}! Next is {next_level} at ")
    async with term.signed_in(OFFICE, script=False) as office:
        await office.goes("E-mails", level)
        await office.sees("A manager can change it.")
        await office.press("Show the mail")
        await expect(_mail(office).get_by_text(f"Next is {next_level}")).to_be_visible()


async def _letterhead(manager: Office) -> None:
    await expect(_mail(manager).get_by_role("link", name="See the certificate")).to_be_visible()
    await manager.page.get_by_label("Your school's colour").fill("#1d4ed8")
    await manager.page.get_by_role("checkbox", name="Show the certificate in the mail").check()
    await expect(_mail(manager).get_by_role("img", name="The certificate of Mia")).to_be_visible()
    await manager.looks("emails-letterhead")
    await manager.press("Save letterhead")
    await manager.sees("Saved.")


async def _a_text(manager: Office, level: str, next_level: str) -> None:
    await manager.goes(level)
    field = manager.page.get_by_label("for everybody whose language has none")
    await field.fill("Ka pai!\nNext is {{ next_levle }}.")
    await expect(_frame(manager).get_by_text("Do you mean {{ next_level }}?")).to_be_visible()
    await manager.press("Save text")
    await manager.looks("emails-wrong", "Not saved: one thing is wrong", "Line 2: There is no {{ next_levle }}.")
    await field.fill(TEXT)
    await manager.page.get_by_text("In other languages").click()
    await manager.page.get_by_label("العربية").fill("أحسنت {{ child }}! المستوى التالي هو {{ next_level }}.")
    await expect(_mail(manager).get_by_text(f"Next is {next_level}")).to_be_visible()
    await manager.looks("emails-level", "What can be filled in")
    await _goes_on_looking(manager, field)
    await manager.page.get_by_label("To somebody who reads").select_option(label="العربية")
    await expect(_mail(manager).get_by_text("المستوى التالي هو")).to_be_visible()
    await manager.picture("term-emails-arabic")
    await manager.page.get_by_label("Shown as").select_option(label="Plain text")
    await expect(_frame(manager).locator("pre")).to_contain_text("أحسنت Mia!")
    await manager.press("Save text")
    await manager.sees("Saved.", "Also in العربية")
    assert await manager.page.evaluate("history.length") < 12, "the previews are among what Back leads to"


async def _goes_on_looking(manager: Office, field: Locator) -> None:
    """Where the mail is scrolled to, it stays while one types."""
    words = _mail(manager).get_by_text("Next is")
    await words.evaluate("(found) => found.ownerDocument.defaultView.scrollTo(0, 300)")
    await field.press_sequentially(" Bring goggles.")
    await expect(_mail(manager).get_by_text("Bring goggles.")).to_be_visible()

    async def is_there_again() -> bool:
        return bool(await words.evaluate("(found) => found.ownerDocument.defaultView.scrollY === 300"))

    await eventually(is_there_again, what="the mail is where it was")


async def _is_mailed(term: Term, words: str) -> None:
    student_id = await term.child("Pania")
    progression_id = await term.household.complete(student_id)
    run = {
        "run_id": new_id(),
        "requested_by": "office",
        "certificates": [{"progression_id": progression_id}],
        "level_changes": [],
    }
    await term.household.school.command("certificates.cmd.start_generation", run)
    mail = await term.household.mail(term.household.addresses[0])
    assert words in " ".join(plain_text(mail).split())
    assert 'href="https://harbour.example/terms"' in html_text(mail)
    assert "#1d4ed8" in html_text(mail)
    [picture] = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert f"cid:{picture['Content-ID'].strip('<>')}" in html_text(mail)


def _frame(office: Office) -> FrameLocator:
    return office.page.frame_locator(".seen iframe:not(.coming)")


def _mail(office: Office) -> FrameLocator:
    return _frame(office).frame_locator("iframe")
