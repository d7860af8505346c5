"""What becomes of certificates: printed together, handed out, corrected, withdrawn, mailed, and written down."""

from __future__ import annotations

import re

from playwright.async_api import expect

from services.staff.roles import MANAGER, OFFICE, TEACHER
from tests.browser.term.runs import narrowed, started
from tests.browser.term.school import Office, Term
from tests.paper import texts_of
from tests.waiting import eventually


async def certificates_are_printed_and_handed_out(term: Term) -> None:
    await term.ready("Hine", "Nikau")
    async with term.signed_in(OFFICE) as office:
        await narrowed(office)
        await started(office)
        await office.sees("2 of 2 certificates done")
        await office.goes("Print pack")
        await office.looks("pack", "0 of 2 handed out")
        cover, sheet = await _opened(office, "On a sheet: Two")
        assert all(f"{child} {term.family_name}" in text for child in ("Hine", "Nikau") for text in (cover, sheet))
        bare = ("Paper: A5", "On a sheet: One", "Checklist as cover: No", "Background: Left out")
        assert [f"Hine {term.family_name}" in text for text in await _opened(office, *bare)] == [True, False]
        await office.main.get_by_role("checkbox", name=f"Hine {term.family_name}").check()
        await office.sees("Saved", "1 of 2 handed out")
    async with term.signed_in(TEACHER) as teacher:
        await teacher.goes("Not handed out")
        await teacher.page.get_by_label("Class", exact=True).select_option(label=term.household.class_name)
        await teacher.press("Show")
        await teacher.looks("not-handed-out", f"Nikau {term.family_name}")
        await teacher.main.get_by_role("checkbox", name=f"Nikau {term.family_name}").check()
        await teacher.sees("Saved", "1 of 1 handed out")


async def _opened(office: Office, *choices: str) -> list[str]:
    """The text of each sheet of the pack that is made of these choices."""
    for choice in choices:
        legend, _, label = choice.partition(": ")
        await office.page.get_by_role("group", name=legend).get_by_role("radio", name=label).check()
    async with office.page.context.expect_event("request", lambda asked: "pack.pdf" in asked.url) as opened:
        await office.press("Open print pack")
    address = (await opened.value).url

    async def pack() -> bytes | None:
        answer = await office.page.request.get(address)
        return await answer.body() if answer.headers["content-type"] == "application/pdf" else None

    return texts_of(await eventually(pack, within=60))


async def a_certificate_is_corrected_and_withdrawn(term: Term) -> None:
    await _ad_hoc(term, "Zoë")
    async with term.signed_in(OFFICE) as office:
        await office.opens(f"/students/{term.names['Zoë']}")
        await office.looks("student-of-the-office", "Well done")
        await expect(office.main.get_by_role("link", name="Withdraw")).to_have_count(0)
    async with term.signed_in(MANAGER) as manager:
        await manager.opens(f"/students/{term.names['Zoë']}")
        await manager.goes("Reissue")
        await manager.page.get_by_label("Name on the certificate").fill("Zoë Ngāta-Rose")
        await manager.page.get_by_label("Notes").fill("For trying again, and again.")
        await manager.page.get_by_label("Issue date").fill("2026-11-20")
        await manager.page.get_by_label("Why is it corrected?").fill("Her new name")
        await manager.looks("certificate-correction", "Correct this certificate")
        await manager.press("Issue corrected certificate")
        await expect(manager.region("Versions").get_by_text("Issued", exact=True)).to_be_visible(timeout=60_000)
        await manager.looks("certificate-corrected", "Zoë Ngāta-Rose", "Replaced")
        async with manager.page.expect_download() as download:
            await manager.goes("Download")
        assert re.fullmatch(r"certificate-.*\.pdf", (await download.value).suggested_filename)
        await manager.opens(f"/students/{term.names['Zoë']}")
        await manager.goes("Withdraw")
        await manager.page.get_by_label("Why is it withdrawn?").fill("Given to the wrong child")
        await manager.looks("certificate-withdrawal", "This cannot be undone")
        await manager.press("Withdraw certificate")
        await manager.looks("certificate-withdrawn", "Withdrawn")
        await manager.goes("Open in Audit")
        await manager.looks("audit-of-one", "What was done to this certificate, newest first.")
        await manager.goes("Audit")
        await manager.page.get_by_role("searchbox").fill("Zoë")
        await manager.press("Search")
        await manager.looks("audit", re.compile("Her new name"))


async def _ad_hoc(term: Term, given_name: str) -> None:
    student_id = await term.child(given_name)
    async with term.signed_in(OFFICE) as office:
        await office.goes("Students")
        await office.page.get_by_role("searchbox").fill(f"{given_name} {term.family_name}")
        await office.press("Search")
        await office.looks("students", f"{given_name} {term.family_name}")
        # Other families have a child of the same name.
        await office.opens(f"/students/{student_id}")
        await office.goes("Issue Ad-hoc Certificate")
        await office.page.get_by_label("Layout").select_option(value="spotlight")
        await office.page.get_by_label("Teacher").select_option(value=term.household.teacher_id)
        await office.page.get_by_label("Title").fill("Well done")
        await office.looks("ad-hoc", "Process Certificate Request")
        await office.press("Process Certificate Request")
        await expect(office.region("Certificates Issued").get_by_text("Issued", exact=True)).to_be_visible(
            timeout=60_000
        )


async def a_mail_that_bounces_is_sent_again(term: Term) -> None:
    """From the list of what needs attention, and from the student's page."""
    await term.household.put_family("mere@nobody.example", "hemi@nobody.example")
    await _ad_hoc(term, "Rua")
    async with term.signed_in(OFFICE) as office:
        await office.opens(f"/students/{term.names['Rua']}")
        await expect(office.main.get_by_text("No such user here")).to_have_count(2, timeout=60_000)
        await office.looks("student-bounced")
        await office.goes("Needs attention")
        await office.looks("attention-mails", "No such user here")
        await term.household.put_family(*term.household.addresses)
        await office.row(f"Rua {term.family_name}").first.get_by_role("button", name="Send again").click()
        await office.sees("On its way again.")
        await office.opens(f"/students/{term.names['Rua']}")
        await office.main.get_by_role("button", name="Send again").last.click()
        await office.sees("On its way again.")
        await expect(office.main.get_by_text("No such user here")).to_have_count(0, timeout=60_000)
        await office.looks("student-mailed-again")


async def messages_that_nobody_can_read_are_looked_at(term: Term) -> None:
    """One is sent again, and comes back as unreadable as it was; and all are dropped."""
    rubbish = b'{"teacher_id": "t-%s", ' % term.household.key.encode()
    await term.household.school.command("roster.cmd.put_teacher", rubbish)
    async with term.signed_in(OFFICE) as office:
        await office.goes("Needs attention")
        await office.looks("attention-messages", "roster.cmd.put_teacher")
        await office.main.get_by_role("link", name="roster.cmd.put_teacher").first.click()
        await office.looks("message", "A message that was kept aside", term.household.key)
        await office.press("Send again")
        await office.sees("On its way again.")
        await office.goes("Needs attention")
        await expect(office.main.get_by_role("link", name="roster.cmd.put_teacher")).to_be_visible()
        await office.main.get_by_role("link", name="roster.cmd.put_teacher").first.click()
        await office.page.get_by_text("Drop this message").click()
        await office.looks("message-drop", "It is gone for good then.")
        await office.press("Drop it")
        await office.looks("attention", "The message is dropped.", "No message was kept aside")
