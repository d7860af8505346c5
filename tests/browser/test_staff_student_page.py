"""A student's page in a real browser: what became of the mails, and every action one click away."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, Page, expect

from contracts.catalogue import CERTIFICATE, MAILS, STUDENT
from contracts.mail_queries import MailedVersions
from deploy.embedded.nats import NatsServer
from tests.browser.screens import SCREENS, Shown, at_a_desk_and_on_a_phone, sign_in
from tests.conftest import TestDatabase
from tests.running import served
from tests.service.staff_school import certificate, certificate_page, student_page
from tests.service.staff_web import staff_web
from tests.service.test_staff_mails import BOUNCED, FAMILY, LEVELS, mail, mailed
from tests.waiting import eventually

RESEND = "certificates.cmd.resend_mail"


def what_is_mailed() -> MailedVersions:
    """c1 got through to one of two guardians; c2 waits for the evening."""
    return MailedVersions(
        versions=(
            mailed(BOUNCED, mail("g2", "accepted"), version=2).versions[0],
            mailed(mail("g1", "queued", hours=3), mail("g2", "queued", hours=3))
            .versions[0]
            .model_copy(update={"certificate_id": "c2"}),
        )
    )


@at_a_desk_and_on_a_phone
async def test_a_certificate_is_looked_after_from_the_students_page(
    chromium: Browser,
    database: TestDatabase,
    nats_server: NatsServer,
    pictures: Path,
    screen: str,
) -> None:
    async with (
        staff_web(database, nats_server, "progression", "rendering", "notification") as web,
        served(web.app) as url,
    ):
        certificates = (certificate("c1", "Level 3").model_copy(update={"version": 2}), certificate("c2", "Kindness"))
        page_of = student_page(*certificates).model_copy(update={"mail_to": FAMILY, "levels": LEVELS})
        web.neighbours.know(STUDENT, page_of)
        web.neighbours.know(CERTIFICATE, certificate_page("issued"))
        web.neighbours.know(MAILS, what_is_mailed())
        web.neighbours.pdfs["demo", "c1", 2] = b"%PDF-1.7 ..."
        page = await chromium.new_page(viewport=SCREENS[screen])
        await sign_in(page, url)
        await page.goto(f"{url}/students/s1")
        await Shown(page, pictures, screen).picture("student-mailed")
        award = (
            page.get_by_role("region", name="Certificates Issued").get_by_role("listitem").filter(has_text="Level 3")
        )
        award = award.first
        await expect(award).to_contain_text("550 5.1.1 No such user here")

        await award.get_by_role("button", name="Send again").click()
        await expect(page.get_by_text("On its way again.")).to_be_visible()

        async def is_told() -> bool:
            return len(web.neighbours.told(RESEND)) == 1

        await eventually(is_told)
        async with page.expect_download() as download:
            await award.get_by_role("link", name="Download").click()
        assert (await download.value).suggested_filename == "certificate-2026-00042-version-2.pdf"

        await award.get_by_role("link", name="Reissue").click()
        await Shown(page, pictures, screen).picture("certificate-mailed")
        await correct_the_name(page)
        assert web.neighbours.told("certificates.cmd.reissue")[0]["changes"] == {"recipient_name": "Māia Tūwhare-Rose"}
        await page.goto(f"{url}/students/s1")
        await award.get_by_role("link", name="Withdraw").click()
        await page.get_by_label("Why is it withdrawn?").fill("Given to the wrong child")
        await page.get_by_role("button", name="Withdraw certificate").click()
        await page.wait_for_url("**/certificates/c1")
        assert [each["certificate_id"] for each in web.neighbours.told("certificates.cmd.withdraw")] == ["c1"]
        await page.close()


async def correct_the_name(page: Page) -> None:
    await page.get_by_label("Name on the certificate").fill("Māia Tūwhare-Rose")
    await page.get_by_label("Why is it corrected?").fill("Her new name")
    await page.get_by_role("button", name="Issue corrected certificate").click()
    await page.wait_for_url("**/certificates/c1")
