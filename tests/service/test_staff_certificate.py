"""One certificate: its versions, its correction and its withdrawal."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.catalogue import CERTIFICATE
from contracts.commands import RefusalReason
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.html_forms import form, forms
from tests.service.staff_school import certificate_page
from tests.service.staff_web import StaffWeb, staff_web

ADDRESS = "/certificates/c1"
CORRECTION, WITHDRAWAL = f"{ADDRESS}/correction", f"{ADDRESS}/withdrawal"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        running_web.neighbours.know(CERTIFICATE, certificate_page("issued"))
        yield running_web


async def test_every_version_is_shown_with_its_state(web: StaffWeb) -> None:
    page = await web.browser.open(ADDRESS)
    for words in ("Certificate 2026-00042", "Māia Tuwhare", "Māia Tūwhare", "Issued", "Replaced"):
        assert words in page
    assert page.count(">View</a>") == 2


async def test_a_correction_sends_only_what_was_changed_and_once(web: StaffWeb) -> None:
    shown = form(await web.browser.open(ADDRESS), "recipient_name")
    for _ in range(2):
        answer = await web.browser.press(shown, CORRECTION, recipient_name="Māia T.", notes="", reason="Her wish")
        assert answer.headers["location"] == ADDRESS
    assert web.neighbours.told("certificates.cmd.reissue") == [
        {
            "certificate_id": "c1",
            "reason": "Her wish",
            "requested_by": "Rangi Patel",
            "changes": {"recipient_name": "Māia T.", "notes": ""},
        }
    ]


async def test_a_withdrawal_needs_a_reason(web: StaffWeb) -> None:
    [shown] = [each for each in forms(await web.browser.open(ADDRESS)) if each.action == WITHDRAWAL]
    answer = await web.browser.press(shown, WITHDRAWAL)
    assert answer.status_code == 422
    assert "Say why." in answer.text
    await web.browser.press(shown, WITHDRAWAL, reason="Wrong child")
    assert web.neighbours.told("certificates.cmd.withdraw") == [
        {"certificate_id": "c1", "reason": "Wrong child", "requested_by": "Rangi Patel"}
    ]


async def test_a_refused_correction_keeps_what_was_typed(web: StaffWeb) -> None:
    shown = form(await web.browser.open(ADDRESS), "recipient_name")
    web.neighbours.refusals = [RefusalReason(code="too_long", message="The name is too long for this layout.")]
    answer = await web.browser.press(shown, CORRECTION, recipient_name="Māia the Long", reason="Her wish")
    assert answer.status_code == 422
    assert "The name is too long for this layout." in answer.text
    again = form(answer.text, "recipient_name")
    assert again.fields["recipient_name"] == ["Māia the Long"]
    assert again.fields["was-recipient_name"] == ["Māia Tūwhare"]
    assert again.fields["reason"] == ["Her wish"]


async def test_one_that_failed_can_be_issued_again_and_a_withdrawn_one_cannot(web: StaffWeb) -> None:
    web.neighbours.know(CERTIFICATE, certificate_page("failed"))
    assert "Correct and issue again" in await web.browser.open(ADDRESS)
    web.neighbours.know(CERTIFICATE, certificate_page("withdrawn"))
    assert not [each for each in forms(await web.browser.open(ADDRESS)) if each.action.startswith("/certificates/")]
