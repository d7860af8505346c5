"""The print pack of a run, and papers that are ticked off, without script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
import pytest

from contracts.catalogue import BARE, CHECKLIST, NOT_PRESENTED, PRINTS, RUN
from contracts.certificates import LayoutRef
from contracts.commands import RefusalReason
from contracts.papers import (
    AskChecklist,
    AskNotPresented,
    CertificatePrint,
    NotPresented,
    NotPresentedCertificate,
    Prints,
)
from contracts.queries import Run
from deploy.embedded.nats import NatsServer
from services.staff.packs import gathering
from tests.conftest import TestDatabase
from tests.packs import certificate, sheets
from tests.service import staff_school as told
from tests.service.html_forms import form
from tests.service.staff_web import StaffWeb, staff_web
from tests.waiting import eventually

HANDED = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)
PACK = "/runs/r1/pack"


def the_run(*presented: int) -> Run:
    """Four issued and one that failed; those of these numbers have been handed out."""
    run = told.run("r1", "issued", "issued", "issued", "issued", "failed")
    teachers = (told.TOM, told.ANA)
    return run.model_copy(
        update={
            "certificates": tuple(
                one.model_copy(update={"teacher": teachers[n % 2], "presented_at": HANDED if n in presented else None})
                for n, one in enumerate(run.certificates)
            )
        }
    )


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        known = running_web.neighbours
        known.know(RUN, the_run())
        known.know(CHECKLIST, certificate("The cover"))
        for n in range(4):
            known.pdfs["demo", f"c{n}", 1] = certificate(f"Paper c{n}")
        yield running_web


async def opened(web: StaffWeb, **chosen: str) -> httpx.Response:
    """The pack, looked at until it is there."""

    async def look() -> httpx.Response | None:
        answer = await web.browser.client.get(f"{PACK}.pdf?{urlencode(chosen)}")
        assert answer.status_code == 200
        return answer if answer.headers["content-type"] == "application/pdf" else None

    return await eventually(look)


def papers_in(pack: bytes) -> list[str]:
    return [word for sheet in sheets(pack) for word in re.findall(r"c\d|cover", sheet.text)]


async def test_the_pack_has_what_is_issued_by_teacher_and_child_behind_its_checklist(web: StaffWeb) -> None:
    page = await web.browser.open(PACK)
    assert "Not in the pack: 1 failed." in page
    chosen = form(page, "paper")
    assert chosen.action == f"{PACK}.pdf"
    answer = await opened(web, paper="Letter", each="2")
    assert answer.headers["cache-control"] == "no-store"
    assert papers_in(answer.content) == ["cover", "c3", "c1", "c0", "c2"]
    assert [sheet[:2] for sheet in sheets(answer.content)][1:] == [(216, 279)] * 2
    [asked] = [body for name, _, body in web.neighbours.asked if name == "checklist"]
    assert isinstance(asked, AskChecklist)
    assert asked.paper == "Letter"
    assert [(group.heading, [row.name for row in group.rows]) for group in asked.groups] == [
        ("Tuesday 4 pm · Ana Ruiz", [told.SCRIPT.name, told.SINEAD.name]),
        ("Tuesday 4 pm · Tom O'Neill", [told.AROHA.name, told.MAIA.name]),
    ]
    assert "Harbour Swim & Dance" in asked.subtitle
    assert "4 certificates" in asked.subtitle


async def test_without_cover_and_only_what_waits(web: StaffWeb) -> None:
    web.neighbours.know(RUN, the_run(1, 2))
    page = await web.browser.open(PACK)
    assert "The 2 not handed out" in page
    assert papers_in((await opened(web, cover="no", which="waiting")).content) == ["c3", "c0"]
    web.neighbours.know(RUN, the_run(0, 1, 2, 3))
    nothing = await web.browser.open(f"{PACK}.pdf?which=waiting&each=4", status=404)
    assert "There is nothing to print" in nothing


async def test_without_background_each_is_printed_anew_from_what_stands_on_it(web: StaffWeb) -> None:
    layout = LayoutRef(layout_id="classic", layout_version=3)
    found = tuple(
        CertificatePrint(certificate_id=f"c{n}", version=1, layout=layout, fields={"title": f"t{n}"}) for n in range(4)
    )
    web.neighbours.know(PRINTS, Prints(prints=found))
    web.neighbours.know(BARE, certificate("Bare c9"))
    assert papers_in((await opened(web, background="no", cover="no")).content) == ["c9"] * 4
    asked = [body.model_dump() for name, _, body in web.neighbours.asked if name == "bare"]
    assert sorted(body["fields"]["title"] for body in asked) == ["t0", "t1", "t2", "t3"]
    assert {body["layout"]["layout_version"] for body in asked} == {3}


async def test_what_is_asked_for_twice_is_made_once_and_says_how_far_it_is(
    web: StaffWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PAUSES_S", (0.05,) * 200)
    missing = web.neighbours.pdfs.pop(("demo", "c2", 1))
    address = f"{PACK}.pdf?cover=yes"

    async def three_of_four() -> bool:
        return "3 of 4 certificates" in await web.browser.open(address)

    await eventually(three_of_four)
    page = await web.browser.open(address)
    assert 'http-equiv="refresh"' in page
    assert '<progress max="4" value="3"' in page
    # Another one of the school waits for its turn.
    await web.browser.open(f"{PACK}.pdf?each=4")
    assert "Another pack is made first" in await web.browser.open(f"{PACK}.pdf?each=4")
    web.neighbours.pdfs["demo", "c2", 1] = missing
    first = await opened(web, cover="yes")
    assert (await opened(web, cover="yes")).content == first.content
    await opened(web, each="4")
    assert len([name for name, _, _ in web.neighbours.asked if name == "checklist"]) == 2
    # What was handed out meanwhile is another pack.
    web.neighbours.know(RUN, told.run("r1", "issued", "issued"))
    assert papers_in((await opened(web, cover="yes")).content) == ["cover", "c0", "c1"]


async def test_a_pack_that_cannot_be_made_says_why_and_is_tried_again(
    web: StaffWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PAUSES_S", (0.01,))
    missing = web.neighbours.pdfs.pop(("demo", "c2", 1))

    async def failed() -> str:
        page = await web.browser.open(f"{PACK}.pdf?each=2")
        return page if "There is no pack" in page else ""

    page = await eventually(failed)
    assert "Certificate 2026-00002" in page
    [link] = re.findall(r'href="[^"]*pack.pdf\?([^"]*)">Open the pack without it', page)
    without = dict(pair.split("=") for pair in link.replace("&amp;", "&").split("&"))
    assert papers_in((await opened(web, **without)).content) == ["cover", "c3", "c1", "c0"]
    web.neighbours.pdfs["demo", "c2", 1] = missing
    assert papers_in((await opened(web, each="2")).content)[0] == "cover"


async def test_strangers_and_unknown_runs_get_nothing(web: StaffWeb) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=web.app), base_url="http://laurel.test") as nobody:
        for path in (PACK, f"{PACK}.pdf", "/not-handed-out"):
            answer = await nobody.get(path)
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")
    web.neighbours.forget(RUN)
    await web.browser.open(f"{PACK}.pdf", status=404)


# --- handed out


async def test_the_button_saves_the_ticks_that_changed_once(web: StaffWeb) -> None:
    web.neighbours.know(RUN, the_run(0))
    ticks = form(await web.browser.open(PACK), "presented")
    assert ticks.fields["presented"] == ["c0"]
    for _ in range(2):
        answer = await web.browser.press(ticks, PACK, presented=["c1", "c3"])
        assert answer.headers["location"] == PACK
    said = web.neighbours.told("certificates.cmd.mark_presented")
    # They are about different papers, so that either may come first.
    assert sorted((sorted(body["certificate_ids"]), body["presented"]) for body in said) == [
        (["c0"], False),
        (["c1", "c3"], True),
    ]
    assert {body["requested_by"] for body in said} == {"Rangi Patel"}


async def test_a_touch_is_answered_without_a_page(web: StaffWeb) -> None:
    ticks = form(await web.browser.open(PACK), "presented")
    answer = await web.browser.press(ticks, PACK, presented="c1", touched="1")
    assert (answer.status_code, answer.content) == (204, b"")
    web.neighbours.refusals.append(RefusalReason(code="not_issued", message="It was withdrawn."))
    answer = await web.browser.press(ticks, PACK, presented="c2", touched="1")
    assert (answer.status_code, answer.text) == (422, "It was withdrawn.")
    answer = await web.browser.press(ticks, PACK, presented="c2", form_id="another")
    assert answer.status_code == 422
    assert "Some ticks were not saved" in answer.text
    answer = await web.browser.press(ticks, PACK, presented="no id!", touched="1")
    assert answer.status_code == 422
    answer = await web.browser.press(ticks, PACK, presented="c2", form_token="wrong")
    assert answer.status_code == 403


def waits(number: int, *, more: bool = False) -> NotPresented:
    students = (told.AROHA, told.SINEAD, told.MAIA, told.SCRIPT)
    return NotPresented(
        more=more,
        certificates=tuple(
            NotPresentedCertificate(
                certificate_id=f"c{n}",
                version=1,
                number=f"2026-{n:05}",
                title="Level 3",
                student=students[n % 4],
                teacher=told.ANA,
                issued_on=told.SINCE.date(),
            )
            for n in range(number)
        ),
    )


async def test_the_list_of_what_waits_is_asked_for_as_the_address_says(web: StaffWeb) -> None:
    web.neighbours.know(NOT_PRESENTED, waits(3))
    page = await web.browser.open("/not-handed-out?class=Tuesday+4+pm&teacher=t1&venue=v1&run=r2")
    [asked] = [body for name, _, body in web.neighbours.asked if name == "not_presented"]
    assert asked == AskNotPresented(class_name="Tuesday 4 pm", teacher_id="t1", venue_id="v1", run_id="r2")
    assert '<option value="t1" selected>Ana Ruiz</option>' in page
    assert "10 Mar 2026" in page
    filled = form(page, "presented")
    here = "/not-handed-out?class=Tuesday+4+pm"
    answer = await web.browser.press(filled, here, presented=["c2"])
    assert answer.headers["location"] == here
    [body] = web.neighbours.told("certificates.cmd.mark_presented")
    assert (body["certificate_ids"], body["presented"]) == (["c2"], True)
    web.neighbours.know(NOT_PRESENTED, waits(2, more=True))
    assert "These are the newest 2." in await web.browser.open("/not-handed-out")
    web.neighbours.know(NOT_PRESENTED, waits(0))
    assert "Everything has been handed out" in await web.browser.open("/not-handed-out")
    assert "Nothing waits among these" in await web.browser.open("/not-handed-out?run=r2")
