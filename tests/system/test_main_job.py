"""The main job through the whole stack, commanded by a bare NATS client that knows only the JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape, unescape

import httpx

from deploy.endpoints import Endpoints
from tests.paper import code_on, text_of
from tests.system.conftest import StackProcess
from tests.system.households import LAYOUT_WITHOUT_NOTES, Household, family_link, html_text, plain_text
from tests.waiting import eventually


async def test_a_mastered_level_becomes_a_certificate_in_the_familys_hands(
    household: Household, endpoints: Endpoints
) -> None:
    school = household.school
    progression_id = await household.complete(await household.add_student("Aroha", "Ngāta"))
    body = {
        "run_id": f"run-{household.key}",
        "requested_by": "Office",
        "issue_date": "2026-11-25",
        "certificates": [{"progression_id": progression_id, "notes": "Brave in the deep end!"}],
        "level_changes": [progression_id],
    }
    for _ in range(2):
        await school.command("certificates.cmd.start_generation", body, command_id=f"start-{household.key}")
    issued = await school.event("certificates.evt.issued", within=60, progression_id=progression_id)

    paper = await household.paper(issued)
    text = text_of(paper)
    for expected in (
        "Aroha Ngāta",
        f"Seahorse {household.key}",
        "25 November 2026",
        "Māia Tūhoe",
        "Brave in the deep end!",
        issued["number"],
    ):
        assert expected in text
    assert code_on(paper) == issued["verify_url"]
    assert issued["verify_url"].startswith(f"{endpoints.portal}/verify/")

    for address in household.addresses:
        mail = await household.mail(address)
        assert "Aroha" not in str(mail["Subject"])
        assert "Aroha Ngāta" in plain_text(mail)
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        family = await browser.get(family_link(await household.mail(household.addresses[0])))
        assert family.status_code == 200
        assert "Aroha Ngāta" in family.text
        proof = await browser.get(issued["verify_url"])
        assert "This certificate is genuine" in proof.text
        assert "Ngāta" not in proof.text

    changed = await school.event("progress.evt.level_changed", progression_id=progression_id)
    assert changed["to_level_id"] == household.last_level
    # A third run of the same command, long after, is still the same command.
    await school.command("certificates.cmd.start_generation", body, command_id=f"start-{household.key}")
    await household.complete(await household.add_student("Kai", "Ngāta"))
    assert len(school.events("certificates.evt.issued", progression_id=progression_id)) == 1
    assert [len(household.mails(address)) for address in household.addresses] == [1, 1]


async def test_an_undone_run_is_never_mailed_and_its_certificates_can_be_issued_again(household: Household) -> None:
    school = household.school
    progression_id = await household.complete(await household.add_student("Hana", "Ngāta"))
    selected = {"requested_by": "Office", "certificates": [{"progression_id": progression_id}]}
    mail_at = datetime.now(UTC) + timedelta(minutes=10)
    held = {**selected, "run_id": f"held-{household.key}", "send_after": mail_at.isoformat()}
    await school.command("certificates.cmd.start_generation", held)
    first = await school.event("certificates.evt.issued", within=60, progression_id=progression_id)
    undone = {"run_id": held["run_id"], "requested_by": "Office"}
    await school.command("certificates.cmd.undo_run", undone)
    await school.event("certificates.evt.withdrawn", certificate_id=first["certificate_id"])

    await school.command("certificates.cmd.start_generation", {**selected, "run_id": f"again-{household.key}"})
    second = await school.event("certificates.evt.issued", within=60, run_id=f"again-{household.key}")
    assert second["certificate_id"] != first["certificate_id"]
    for address in household.addresses:
        await household.mail(address)

    async def the_first_was_given_up() -> bool:
        asked = {"versions": [{"certificate_id": first["certificate_id"], "version": 1}]}
        [known] = (await school.ask("notification.query.mails", asked))["versions"]
        return known["corrected"] and all(mail["state"] == "cancelled" for mail in known["mails"])

    assert await school.until(the_first_was_given_up)
    assert [len(household.mails(address)) for address in household.addresses] == [1, 1]


NAMES = [
    ("Ngāhuia Te Ārepa", "Māhutonga"),
    ("Nguyễn Thị Bích", "Phượng"),
    ("محمد", "عبد الرحمن"),
    ("小明", "王"),
    ("Siobhán", "O'Brien"),
    ("<script>alert(1)</script>", "Tables"),
    ("Wilhelmina Alexandrina Bartholomea", "Featherstonehaugh-Cholmondeley"[:25]),
]


async def test_names_of_every_kind_come_out_right_on_paper_page_and_mail(household: Household) -> None:
    students = [await household.add_student(given, family) for given, family in NAMES]
    for student_id in students:
        body = {
            "certificate_id": f"c-{student_id}",
            "student_id": student_id,
            "layout_id": LAYOUT_WITHOUT_NOTES,
            "teacher_id": household.teacher_id,
            "title": "Encouragement Certificate",
            "requested_by": "Office",
        }
        await household.school.command("certificates.cmd.issue_ad_hoc", body)
    names = []
    for student_id in students:
        issued = await household.school.event("certificates.evt.issued", within=60, student_id=student_id)
        names.append(issued["recipient_name"])
        printed = text_of(await household.paper(issued))
        assert all(word in printed for word in issued["recipient_name"].split())
    assert names[3] == "王小明"
    assert len(names[6]) == 60

    address = household.addresses[0]

    async def all_mailed() -> bool:
        return len(household.mails(address)) == len(NAMES)

    await eventually(all_mailed, within=60)
    plain = "\n".join(plain_text(mail) for mail in household.mails(address))
    html = "\n".join(html_text(mail) for mail in household.mails(address))
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        page = (await browser.get(family_link(household.mails(address)[-1]))).text
    for name in names:
        assert name in plain
        assert name in unescape(html)
        assert name in unescape(page)
    assert "<script>alert" not in html
    assert "<script>alert" not in page
    assert escape("<script>") in page


async def test_a_level_without_a_layout_is_blocked_and_refused_with_its_reason(household: Household) -> None:
    student_id = await household.add_student("Tane", "Reed", household.last_level)
    progression_id = await household.complete(student_id, household.last_level)
    pending = await household.school.ask("progression.query.pending", {"student_id": student_id})
    [row] = pending["certificates"]
    assert row["blocked"]["code"] == "no_layout"
    body = {
        "run_id": f"blocked-{household.key}",
        "requested_by": "Office",
        "certificates": [{"progression_id": progression_id}],
        "level_changes": [],
    }
    command_id = await household.school.command("certificates.cmd.start_generation", body)
    [reason] = await household.school.refusal(command_id)
    assert reason["code"] == "no_layout"
    assert "Choose a layout" in reason["message"]


async def test_every_service_says_that_it_is_well(stack: StackProcess, endpoints: Endpoints) -> None:
    async with httpx.AsyncClient() as client:
        for url in (endpoints.staff, endpoints.portal):
            for path in ("/healthz", "/readyz", "/metrics"):
                answer = await client.get(f"{url}{path}")
                assert answer.status_code == 200, answer.text
