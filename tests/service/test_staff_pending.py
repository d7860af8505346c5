"""Pending progressions: what is offered, and what "Start Certificate Generation" sends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.catalogue import PENDING
from contracts.commands import RefusalReason
from contracts.queries import Pending
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import Form, form
from tests.service.staff_school import (
    AROHA_CERTIFICATE,
    MAIA_CERTIFICATE,
    SCRIPT_CERTIFICATE,
    SINEAD_CERTIFICATE,
)
from tests.service.staff_web import StaffWeb, staff_web

START = "certificates.cmd.start_generation"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web


async def pending(web: StaffWeb) -> Form:
    return form(await web.browser.open("/pending"), "run_id")


async def test_everything_that_can_be_issued_is_ticked(web: StaffWeb) -> None:
    shown = await pending(web)
    assert shown.fields["certificate"] == [AROHA_CERTIFICATE, SINEAD_CERTIFICATE, SCRIPT_CERTIFICATE]
    assert shown.fields["level_change"] == [AROHA_CERTIFICATE, SINEAD_CERTIFICATE]
    assert list(shown.boxes("certificate")) == [
        "Issue Level 3 to Aroha Ngata",
        "Issue Level 3 to Sinéad O'Brien",
        "Issue Level 3 to <script>alert('hello')</script>",
        "Issue Level 3 to Māia Tūwhare",
    ]
    assert "Move Aroha Ngata from Level 3 to Level 4" in shown.boxes("level_change")


async def test_a_blocked_row_says_why_and_cannot_be_ticked(web: StaffWeb) -> None:
    page = await web.browser.open("/pending")
    box = form(page, "run_id").boxes("certificate")["Issue Level 3 to Māia Tūwhare"]
    assert "disabled" in box
    assert "checked" not in box
    assert "Level 3 has no certificate layout yet." in page


async def test_a_name_is_text_whatever_it_contains(web: StaffWeb) -> None:
    page = await web.browser.open("/pending")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#39;hello&#39;)&lt;/script&gt;" in page


async def test_notes_are_offered_only_where_the_layout_shows_them(web: StaffWeb) -> None:
    shown = await pending(web)
    assert f"notes-{AROHA_CERTIFICATE}" in shown.attributes
    assert shown.attributes[f"notes-{AROHA_CERTIFICATE}"][0]["maxlength"] == "120"
    assert f"notes-{SCRIPT_CERTIFICATE}" not in shown.attributes
    assert f"notes-{MAIA_CERTIFICATE}" not in shown.attributes


async def test_unticked_rows_are_not_in_the_command(web: StaffWeb) -> None:
    shown = await pending(web)
    answer = await web.browser.press(
        shown,
        "/pending",
        certificate=[SINEAD_CERTIFICATE],
        level_change=None,
        **{f"notes-{SINEAD_CERTIFICATE}": "  Tino pai!\r\nKeep going ", f"notes-{AROHA_CERTIFICATE}": "not sent"},
    )
    [run_id] = shown.fields["run_id"]
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/runs/{run_id}")
    assert web.neighbours.told(START) == [
        {
            "run_id": run_id,
            "requested_by": "Rangi Patel",
            "email": "send",
            "certificates": [{"progression_id": SINEAD_CERTIFICATE, "notes": "Tino pai!\nKeep going"}],
            "level_changes": [],
        }
    ]


async def test_the_issue_date_and_the_wish_not_to_email_are_in_the_command(web: StaffWeb) -> None:
    await web.browser.press(await pending(web), "/pending", issue_date="2026-03-20", email=None)
    [told] = web.neighbours.told(START)
    assert (told["issue_date"], told["email"]) == ("2026-03-20", "none")


async def test_pressing_twice_is_one_command(web: StaffWeb) -> None:
    shown = await pending(web)
    first = await web.browser.press(shown, "/pending")
    second = await web.browser.press(shown, "/pending")
    assert first.headers["location"] == second.headers["location"]
    assert len(web.neighbours.told(START)) == 1


async def test_a_refusal_is_shown_and_keeps_what_was_ticked_and_typed(web: StaffWeb) -> None:
    shown = await pending(web)
    web.neighbours.refusals = [
        RefusalReason(code="notes_too_long", message="The notes are too long.", path="certificates.0.notes")
    ]
    notes = {f"notes-{SINEAD_CERTIFICATE}": "So <b>long</b>"}
    answer = await web.browser.press(
        shown, "/pending", certificate=[SINEAD_CERTIFICATE], level_change=None, email=None, **notes
    )
    assert answer.status_code == 422
    assert f'<a href="#row-{SINEAD_CERTIFICATE}">Sinéad O&#39;Brien</a>: The notes are too long.' in answer.text
    again = form(answer.text, "run_id")
    assert again.fields["certificate"] == [SINEAD_CERTIFICATE]
    assert again.fields[f"notes-{SINEAD_CERTIFICATE}"] == ["So <b>long</b>"]
    assert "level_change" not in again.fields
    assert "email" not in again.fields
    web.neighbours.refusals = []
    assert (await web.browser.press(again, "/pending")).status_code == 303
    assert len(web.neighbours.told(START)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"certificate": None, "level_change": None}, "Tick at least one certificate or level change."),
        ({"issue_date": "tomorrow"}, "This is not a date"),
        ({f"notes-{AROHA_CERTIFICATE}": "x" * 2001}, "Aroha Ngata</a>: This is too long: at most 2000 characters."),
    ],
)
async def test_what_cannot_be_read_is_told_before_anything_is_sent(
    web: StaffWeb, changes: dict[str, str | None], words: str
) -> None:
    answer = await web.browser.press(await pending(web), "/pending", **changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert web.neighbours.told(START) == []


async def test_a_form_without_its_token_does_nothing(web: StaffWeb) -> None:
    shown = await pending(web)
    for token in (None, "", "forged", "é"):
        answer = await web.browser.press(shown, "/pending", form_token=token)
        assert answer.status_code == 403
    assert web.neighbours.told(START) == []


async def test_looking_never_acts(web: StaffWeb) -> None:
    shown = await pending(web)
    await web.browser.client.get("/pending", params=shown.fields)
    assert (await web.browser.client.get("/sign-out")).status_code == 404
    await web.browser.open("/pending")
    assert web.neighbours.heard == []


async def test_when_nothing_waits_the_page_says_so(web: StaffWeb) -> None:
    web.neighbours.know(PENDING, Pending(certificates=(), level_changes=()))
    page = await web.browser.open("/pending")
    assert "Nothing is waiting" in page
    assert "Start Certificate Generation" not in page


async def test_the_quick_access_box_counts(web: StaffWeb) -> None:
    page = await web.browser.open("/classes")
    assert "Certificates &amp; Levels" in page
    assert "<dt>Level progressions</dt><dd>2</dd>" in page
    assert "<dt>Certificates to issue</dt><dd>3</dd>" in page
    assert "View All Pending Progressions" in page
    assert "Harbour Swim &amp; Dance" in page
    assert "Rangi Patel" in page
