"""Runs, certificates' PDFs, and what a person reads when something is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from contracts.catalogue import PUBLISHED, RUN, RUNS
from contracts.commands import RefusalReason
from contracts.mail_queries import PublishedVersion, PublishedVersions
from contracts.queries import Runs
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service import staff_school
from tests.service.html_forms import form, forms
from tests.service.staff_school import run
from tests.service.staff_web import StaffWeb, staff_web


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server, "progression", "rendering", "portal", "notification") as running_web:
        yield running_web


async def test_a_run_shows_how_far_each_certificate_is(web: StaffWeb) -> None:
    web.neighbours.know(RUN, run("r1", "issued", "failed", "issuing", "issued"))
    valid = PublishedVersion(certificate_id="c0", version=1, state="valid")
    web.neighbours.know(PUBLISHED, PublishedVersions(versions=(valid,)))
    page = await web.browser.open("/runs/r1")
    assert "2 of 4 certificates done" in page
    assert '<progress max="4" value="2"' in page
    for words in ("1 queued", "1 online", "1 printed", "1 failed", "The notes are too long for this layout."):
        assert words in page
    assert page.count("data-view>View</a>") == 2
    assert 'href="/certificates/c0/1.pdf"' in page
    assert "Level changes actioned" in page
    for button in ("Cancel the rest", "Retry failed"):
        assert button in page


async def test_a_run_is_looked_at_again_only_while_it_goes_on(web: StaffWeb) -> None:
    web.neighbours.know(RUN, run("r1", "issuing"))
    page = await web.browser.open("/runs/r1")
    assert 'http-equiv="refresh"' in page
    assert 'data-run-events="/runs/r1/events"' in page
    web.neighbours.know(RUN, run("r1", "issued"))
    page = await web.browser.open("/runs/r1")
    assert 'http-equiv="refresh"' not in page
    assert "data-run-events" not in page
    assert "Cancel the rest" not in page


async def test_an_undone_run_says_by_whom_and_offers_nothing_more(web: StaffWeb) -> None:
    undone = {"undone_by": "Mere Walker", "undone_at": staff_school.SINCE}
    web.neighbours.know(RUN, run("r1", "withdrawn").model_copy(update=undone))
    page = await web.browser.open("/runs/r1")
    assert "This run was undone" in page
    assert "By Mere Walker on 10 Mar 2026, 5:30 PM." in page
    assert "<button" not in page.partition("<main")[2]


async def test_retry_failed_is_one_command_for_each_that_failed_however_often_it_is_pressed(web: StaffWeb) -> None:
    web.neighbours.know(RUN, run("r1", "failed", "issued", "failed"))
    shown = form(await web.browser.open("/runs/r1"), "form_id")
    for _ in range(2):
        answer = await web.browser.press(shown, "/runs/r1/retry")
        assert answer.headers["location"] == "/runs/r1"
    told = web.neighbours.told("certificates.cmd.retry")
    assert sorted(body["certificate_id"] for body in told) == ["c0", "c2"]
    assert {body["requested_by"] for body in told} == {"Rangi Patel"}


async def test_an_undo_that_is_refused_says_why_on_the_runs_page(web: StaffWeb) -> None:
    offered = {"undo_until": datetime.now(UTC) + timedelta(minutes=5)}
    web.neighbours.know(RUN, run("r1", "issued").model_copy(update=offered))
    web.neighbours.refusals = [RefusalReason(code="mail_left", message="The mail has left.", path="run_id")]
    shown = form(await web.browser.open("/runs/r1"), "form_id")
    answer = await web.browser.press(shown, "/runs/r1/undo")
    assert answer.status_code == 422
    assert "The run was not undone" in answer.text
    assert "The mail has left." in answer.text
    assert web.neighbours.told("certificates.cmd.undo_run") == [{"run_id": "r1", "requested_by": "Rangi Patel"}]


async def test_a_run_that_was_just_started_is_on_its_way(web: StaffWeb) -> None:
    assert "Your request is on its way" in await web.browser.open("/runs/r9?started")
    assert "There is nothing here" in await web.browser.open("/runs/r9", status=404)


async def test_the_list_of_runs(web: StaffWeb) -> None:
    page = await web.browser.open("/runs")
    assert "2 of 4 issued" in page
    for words in ("1 failed", "Going on, 1 left", "Done"):
        assert words in page
    assert "12 of 12 issued" in page
    web.neighbours.know(RUNS, Runs(runs=()))
    assert "No runs yet" in await web.browser.open("/runs")


async def test_view_opens_the_pdf_in_the_browser(web: StaffWeb) -> None:
    web.neighbours.pdfs["demo", "c1", 1] = b"%PDF-1.7 ..."
    answer = await web.browser.client.get("/certificates/c1/1.pdf")
    assert answer.content == b"%PDF-1.7 ..."
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="certificate-c1-1.pdf"'
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("address", ["/certificates/c1/2.pdf", "/certificates/c1/0.pdf", "/certificates/a%20b/1.pdf"])
async def test_a_pdf_that_is_not_there_is_a_page_that_says_so(web: StaffWeb, address: str) -> None:
    page = await web.browser.open(address, status=404)
    assert "isn&#39;t there yet" in page or "isn't there yet" in page or "nothing here" in page


@pytest.mark.parametrize("address", ["/nowhere", "/students/a.b", "/class", "/class?name=x&venue=a.b"])
async def test_an_address_that_leads_nowhere_is_a_page_that_says_so(web: StaffWeb, address: str) -> None:
    assert "There is nothing here" in await web.browser.open(address, status=404)


async def test_every_answer_carries_the_security_headers(web: StaffWeb) -> None:
    for address in ("/pending", "/sign-in", "/nowhere", "/static/staff.css"):
        headers = (await web.browser.client.get(address)).headers
        assert headers["content-security-policy"].startswith("default-src 'self';"), address
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert (await web.browser.client.get("/pending")).headers["cache-control"] == "no-store"


async def test_no_page_has_script_or_style_of_its_own(web: StaffWeb) -> None:
    web.neighbours.know(RUN, run("r1", "issuing"))
    for address in ("/pending", "/runs/r1", "/students/s1", "/students/s1/ad-hoc", "/class?name=x", "/nowhere"):
        page = (await web.browser.client.get(address)).text
        assert page.count('<script src="/static/staff.js" defer></script>') == 1
        assert page.count("<script") == 1 + page.count('<script type="module" src="/static/')
        assert "<style" not in page
        assert " style=" not in page
        assert "onclick" not in page


async def test_when_the_records_are_away_the_page_says_so_and_keeps_what_was_typed(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    async with staff_web(database, nats_server) as web:
        filled = form(await web.browser.open("/students"), "search")
    async with staff_web(database, nats_server, "rendering") as web:
        away = await web.browser.open("/pending", status=503)
        assert "can&#39;t be reached just now" in away
        token = forms(away)[0].fields["form_token"][0]
        answer = await web.browser.press(filled, "/students", search="Māia", form_token=token)
        assert answer.status_code == 503
        assert form(answer.text, "search").fields["search"] == ["Māia"]


async def test_a_fault_in_a_page_is_a_page_without_internals(web: StaffWeb) -> None:
    unknown_zone = run("r1", "issued").model_copy(update={"requested_by": None})
    web.neighbours.know(RUN, unknown_zone)
    page = await web.browser.open("/runs/r1", status=500)
    assert "Something went wrong on our side" in page
    assert "Traceback" not in page
    assert "ValidationError" not in page
