"""Before a run starts: the page that says what it will do, and what "Start Certificate Generation" then sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.catalogue import RUN_PREVIEW
from contracts.commands import RefusalReason
from contracts.run_queries import Obstacle, Taken
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import Form, form
from tests.service.staff_school import AROHA, AROHA_CERTIFICATE, LEVEL_3, SINCE, SINEAD_CERTIFICATE, preview
from tests.service.staff_web import StaffWeb, staff_web

START = "certificates.cmd.start_generation"
TAKEN = Obstacle(
    part="certificate",
    progression_id=AROHA_CERTIFICATE,
    code="already_issued",
    message="The certificate of this progression has been issued already.",
    student=AROHA,
    level=LEVEL_3,
    taken=Taken(requested_by="Mere Walker", requested_at=SINCE, run_id="r7", certificate_id="c7"),
)


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web


async def pending(web: StaffWeb) -> Form:
    return form(await web.browser.open("/pending"), "run_id")


async def confirming(web: StaffWeb, **changes: str | list[str] | None) -> str:
    """The page that the pending page leads to."""
    answer = await web.browser.press(await pending(web), "/pending", **changes)
    assert answer.status_code == 200, answer.text
    return answer.text


async def started(web: StaffWeb, **choices: str | None) -> dict[str, Any]:
    """The command of a start with these choices."""
    answer = await web.browser.press(form(await confirming(web), "mail"), "/runs", **choices)
    assert answer.status_code == 303, answer.text
    told: dict[str, Any] = web.neighbours.told(START)[-1]
    return told


async def test_the_page_says_in_plain_words_what_will_happen(web: StaffWeb) -> None:
    page = await confirming(web)
    for words in ("<strong>2 certificates</strong> for 2 students", "<strong>2 level changes</strong>"):
        assert words in page
    assert "<strong>1 family</strong> will be mailed at about" in page
    assert "family has no address and will not be mailed" in page
    assert "In 10 minutes" in page
    assert form(page, "mail").fields["issue_date"] == ["2026-03-11"]
    assert web.neighbours.told(START) == []


async def test_what_is_unticked_is_not_in_the_command(web: StaffWeb) -> None:
    notes = {f"notes-{SINEAD_CERTIFICATE}": "  Tino pai!\r\nKeep going ", f"notes-{AROHA_CERTIFICATE}": "not sent"}
    page = await confirming(web, certificate=[SINEAD_CERTIFICATE], level_change=None, **notes)
    answer = await web.browser.press(form(page, "mail"), "/runs", mail="none")
    [told] = web.neighbours.told(START)
    assert answer.headers["location"] == f"/runs/{told['run_id']}?started"
    assert told["requested_by"] == "Rangi Patel"
    assert told["certificates"] == [{"progression_id": SINEAD_CERTIFICATE, "notes": "Tino pai!\nKeep going"}]
    assert told["level_changes"] == []


async def test_families_are_mailed_in_ten_minutes_later_or_not_at_all(web: StaffWeb) -> None:
    before = datetime.now(UTC)
    soon = await started(web)
    assert soon["email"] == "send"
    held = datetime.fromisoformat(soon["send_after"]) - before
    assert timedelta(minutes=10) <= held < timedelta(minutes=11)
    later = await started(web, mail="later", later_at="2099-03-01T08:30")
    assert later["send_after"] == "2099-03-01T08:30:00+13:00"
    never = await started(web, mail="none")
    assert (never["email"], "send_after" in never) == ("none", False)


async def test_without_undo_the_mail_goes_at_once(database: TestDatabase, nats_server: NatsServer) -> None:
    async with staff_web(database, nats_server, undo_s=0) as web:
        page = await confirming(web)
        assert "undo" not in page
        assert "As soon as their certificates are ready" in page
        told = await started(web)
        assert (told["email"], "send_after" in told) == ("send", False)


NOT_POSSIBLE: list[tuple[dict[str, str], str]] = [
    ({"issue_date": "tomorrow"}, "This is not a date"),
    ({"mail": "later"}, "choose a day and a time"),
    ({"mail": "later", "later_at": "2020-03-01T08:30"}, "is over"),
]


async def test_what_cannot_be_is_told_before_anything_is_sent(web: StaffWeb) -> None:
    for choices, words in NOT_POSSIBLE:
        answer = await web.browser.press(form(await confirming(web), "mail"), "/runs", **choices)
        assert answer.status_code == 422
        assert words in answer.text
        assert form(answer.text, "mail").fields["certificate"] == (await pending(web)).fields["certificate"]
    assert web.neighbours.told(START) == []


async def test_an_unusual_date_is_pointed_out_once(web: StaffWeb) -> None:
    for day, words in (("2099-01-01", "in the future"), ("2020-01-01", "long ago")):
        told_before = len(web.neighbours.told(START))
        pointed_out = await web.browser.press(form(await confirming(web), "mail"), "/runs", issue_date=day)
        assert f"The issue date is {words}." in pointed_out.text
        assert len(web.neighbours.told(START)) == told_before
        assert (await web.browser.press(form(pointed_out.text, "mail"), "/runs")).status_code == 303
        assert web.neighbours.told(START)[-1]["issue_date"] == day


async def test_pressing_twice_is_one_command(web: StaffWeb) -> None:
    page = form(await confirming(web), "mail")
    first, second = await web.browser.press(page, "/runs"), await web.browser.press(page, "/runs")
    assert first.headers["location"] == second.headers["location"]
    assert len(web.neighbours.told(START)) == 1


async def test_back_leads_to_every_tick_and_note_as_it_was(web: StaffWeb) -> None:
    note = {f"notes-{SINEAD_CERTIFICATE}": "So <b>long</b>\nand two lines"}
    page = await confirming(web, certificate=[SINEAD_CERTIFICATE], level_change=None, **note)
    answer = await web.browser.press(form(page, "mail"), "/pending", back="1")
    assert answer.status_code == 200
    again = form(answer.text, "run_id")
    assert again.fields["certificate"] == [SINEAD_CERTIFICATE]
    assert "level_change" not in again.fields
    assert again.fields[f"notes-{SINEAD_CERTIFICATE}"] == ["So <b>long</b>\nand two lines"]


NOT_STARTED: list[tuple[dict[str, str | list[str] | None], str]] = [
    ({"certificate": None, "level_change": None}, "Tick at least one certificate or level change."),
    ({f"notes-{AROHA_CERTIFICATE}": "x" * 2001}, "Aroha Ngata</a>: This is too long: at most 2000 characters."),
]


async def test_what_cannot_be_started_is_told_on_the_pending_page(web: StaffWeb) -> None:
    for changes, words in NOT_STARTED:
        answer = await web.browser.press(await pending(web), "/pending", **changes)
        assert answer.status_code == 422
        assert words in answer.text
        assert "Pending Progressions" in answer.text


async def test_what_a_colleague_took_is_told_and_the_rest_is_one_press_away(web: StaffWeb) -> None:
    page = form(await confirming(web), "mail")
    web.neighbours.refusals = [RefusalReason(code="already_issued", message=TAKEN.message, path="certificates.0")]
    web.neighbours.know(RUN_PREVIEW, preview(TAKEN))
    answer = await web.browser.press(page, "/runs", mail="none")
    assert answer.status_code == 422
    for words in (
        "Nothing was started",
        "<strong>Mere Walker</strong>",
        "issued 1 of these",
        "10 Mar 2026, 5:30 PM",
        "/runs/r7",
    ):
        assert words in answer.text
    web.neighbours.refusals = []
    rest = form(answer.text, "mail")
    assert rest.fields["mail"] == ["none"]
    assert rest.fields["run_id"] != page.fields["run_id"]
    assert (await web.browser.press(rest, "/runs")).status_code == 303
    issued = [row["progression_id"] for row in web.neighbours.told(START)[-1]["certificates"]]
    assert AROHA_CERTIFICATE not in issued
    assert SINEAD_CERTIFICATE in issued
    back = await web.browser.press(rest, "/pending", back="1")
    assert AROHA_CERTIFICATE in form(back.text, "run_id").fields["certificate"]


async def test_a_form_without_its_token_does_nothing(web: StaffWeb) -> None:
    shown, page = await pending(web), form(await confirming(web), "mail")
    for token in (None, "", "forged", "é"):
        assert (await web.browser.press(shown, "/pending", form_token=token)).status_code == 403
        assert (await web.browser.press(page, "/runs", form_token=token)).status_code == 403
    assert web.neighbours.told(START) == []
