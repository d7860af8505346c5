"""The front page: what needs a hand, the last runs, and the year's certificates week by week."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from contracts.catalogue import ATTENTION, MAIL_TROUBLES, RUNS, SUMMARY, WEEKS
from contracts.mail_queries import MailTrouble, MailTroubles
from contracts.queries import Attention, Runs, Summary, Week, Weeks
from deploy.embedded.nats import NatsServer
from services.staff.chart import HEIGHT, LOWEST, chart_of
from tests.conftest import TestDatabase
from tests.service import staff_school as told
from tests.service.staff_web import StaffWeb, staff_web

BOUNCED = MailTrouble(
    certificate_id="c1",
    version=1,
    guardian_id="g1",
    state="failed",
    since=told.SINCE,
    reason="There is no such address.",
)


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server, "progression", "rendering", "notification") as running_web:
        yield running_web


async def test_the_front_page_says_what_needs_a_hand_and_leads_there(web: StaffWeb) -> None:
    web.neighbours.know(MAIL_TROUBLES, MailTroubles(mails=(BOUNCED,)))
    page = await web.browser.open("/")
    assert '<a href="/pending"><strong>1</strong> certificate cannot be issued yet: its level has no layout</a>' in page
    assert '<a href="/attention#mails-title"><strong>1</strong> mail did not arrive</a>' in page
    assert '<a href="/attention#letters-title"><strong>2</strong> messages could not be read</a>' in page
    assert "could not be printed" not in page


async def test_a_school_where_all_is_well_is_told_so(web: StaffWeb) -> None:
    web.neighbours.know(SUMMARY, Summary(level_progressions=0, certificates_to_issue=0, blocked=0))
    web.neighbours.know(ATTENTION, Attention(certificates=(), dead_letters=0))
    web.neighbours.know(RUNS, Runs(runs=()))
    web.neighbours.know(WEEKS, Weeks(weeks=(Week(begins_on=date(2026, 3, 2), certificates=0),)))
    page = await web.browser.open("/")
    for words in ("Nothing needs attention", "No runs yet", "No certificates yet"):
        assert words in page


async def test_the_front_page_shows_the_last_runs_and_the_weeks(web: StaffWeb) -> None:
    page = await web.browser.open("/")
    assert "2 of 4 issued" in page
    assert '<a href="/runs">All runs</a>' in page
    assert "<title>214 in the week of 9 Feb 2026</title>" in page
    assert "451 in the last 26 weeks, 214 in the best of them." in page


async def test_records_that_do_not_answer_leave_the_rest_of_the_front_page(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    async with staff_web(database, nats_server, "progression") as web:
        page = await web.browser.open("/")
    assert "there may be more than is shown here" in page
    assert "2 of 4 issued" in page


def test_a_week_with_one_certificate_is_seen_beside_the_best_and_one_with_none_is_not_drawn() -> None:
    begins = date(2025, 12, 22)
    weeks = [Week(begins_on=begins + timedelta(weeks=n), certificates=c) for n, c in enumerate((0, 1, 1000))]
    bars = chart_of(weeks).bars
    assert [bar.height for bar in bars] == [0, LOWEST, HEIGHT]
    assert [bar.begins_month for bar in bars] == [None, None, date(2026, 1, 5)]
