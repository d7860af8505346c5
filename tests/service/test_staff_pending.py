"""Pending progressions: what is offered, and what "Start Certificate Generation" sends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.catalogue import PENDING
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
