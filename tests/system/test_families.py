"""What a family asks for, through the whole stack: a new link by mail, and no more mails."""

from __future__ import annotations

from email.message import EmailMessage

import httpx
import pytest

from deploy.endpoints import Endpoints
from tests.system.households import LAYOUT_WITHOUT_NOTES, Household, family_link, plain_text
from tests.waiting import eventually


async def issue(household: Household, certificate_id: str, student_id: str) -> None:
    body = {
        "certificate_id": certificate_id,
        "student_id": student_id,
        "layout_id": LAYOUT_WITHOUT_NOTES,
        "teacher_id": household.teacher_id,
        "title": "Encouragement Certificate",
        "requested_by": "Office",
    }
    await household.school.command("certificates.cmd.issue_ad_hoc", body)


async def mails(household: Household, address: str, count: int) -> list[EmailMessage]:
    """At least so many to the guardian, waited for."""

    async def enough() -> list[EmailMessage] | None:
        found = household.mails(address)
        return found if len(found) >= count else None

    return await eventually(enough, within=60, what=f"{count} mails to {address}")


@pytest.mark.heavy
async def test_a_lost_link_is_mailed_again_and_whoever_unsubscribes_is_mailed_no_more(
    household: Household, endpoints: Endpoints
) -> None:
    mere, hemi = household.addresses
    student_id = await household.add_student("Aroha", "Ngāta")
    await issue(household, f"c1-{household.key}", student_id)
    [mail] = await mails(household, mere, 1)
    async with httpx.AsyncClient(base_url=endpoints.portal) as browser:
        # A browser that never saw the mail; the address as a phone's keyboard writes it.
        asked = await browser.post("/link", data={"school": endpoints.school, "address": mere.capitalize()})
        assert asked.status_code == 303
        again = (await mails(household, mere, 2))[1]
        assert "Aroha" not in str(again["Subject"])
        assert family_link(again) != family_link(mail)
        family = await browser.get(family_link(again), follow_redirects=True)
        assert "Aroha Ngāta" in family.text
        page = await browser.get("/family/preferences")
        assert "Guardian 0" in page.text
        assert mere not in page.text

        way_out = str(mail["List-Unsubscribe"]).strip("<>")
        assert way_out.startswith(f"{endpoints.portal}/unsubscribe/{endpoints.school}/")
        assert way_out in plain_text(mail)
        assert (await browser.post(way_out, data={"List-Unsubscribe": "One-Click"})).status_code == 200

        async def heard() -> bool:
            return "checked" not in (await browser.get("/family/preferences")).text.partition("Guardian 1")[0]

        await eventually(heard, within=30, what="the choice is known")
    await issue(household, f"c2-{household.key}", student_id)
    assert len(await mails(household, hemi, 2)) == 2

    async def suppressed() -> bool:
        versions = [{"certificate_id": f"c2-{household.key}", "version": 1}]
        [known] = (await household.school.ask("notification.query.mails", {"versions": versions}))["versions"]
        return ("suppressed", "This guardian wants no mail.") in [
            (each["state"], each.get("reason")) for each in known["mails"]
        ]

    await eventually(suppressed, within=30, what="the mail that is not wanted")
    assert len(household.mails(mere)) == 2
