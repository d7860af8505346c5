"""Pending progressions reviewed: narrowed, found, noted, checked before they go out, corrected and previewed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.catalogue import CHECK, PENDING, PICTURE, PREVIEW
from contracts.certificates import LayoutRef
from contracts.commands import RefusalReason
from contracts.proofs import AskCheck, Checked, CheckFinding, Preview
from contracts.queries import Pending, PendingWarning
from contracts.rendering import FailureReason
from deploy.embedded.nats import NatsServer
from services.kit.broker import QueryRefused
from tests.conftest import TestDatabase
from tests.service.html_forms import Form, form
from tests.service.staff_school import (
    AROHA,
    AROHA_CERTIFICATE,
    MAIA,
    MAIA_CERTIFICATE,
    NO_LAYOUT,
    SCRIPT,
    SCRIPT_CERTIFICATE,
    SINEAD,
    SINEAD_CERTIFICATE,
    student,
    waiting,
)
from tests.service.staff_web import StaffWeb, staff_web

START = "certificates.cmd.start_generation"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web


async def started(web: StaffWeb, shown: Form, address: str, **changes: str | list[str] | None) -> dict[str, Any]:
    """The command that the form leads to, by way of the page that asks before anything starts."""
    asked = await web.browser.press(shown, address, **changes)
    assert asked.status_code == 200, asked.text
    assert (await web.browser.press(form(asked.text, "mail"), "/runs")).status_code == 303
    [told] = web.neighbours.told(START)
    return told


async def pending(web: StaffWeb) -> Form:
    return form(await web.browser.open("/pending"), "run_id")


# --- narrowed, found, noted


def many(count: int) -> Pending:
    """So many who wait, two to a family."""
    rows = []
    for number in range(count):
        family = {"student_id": f"s{number}", "family_id": f"f{number // 2}"}
        child = student(f"s{number}", f"Child{number} Ngata").model_copy(update=family)
        rows.append(waiting(f"0199bbbb-0000-7000-8000-{number:012}", child))
    return Pending(certificates=tuple(rows), level_changes=())


async def test_filters_and_order_are_in_the_address(web: StaffWeb) -> None:
    page = await web.browser.open("/pending?day=tuesday&sort=-student")
    assert next(iter(form(page, "run_id").boxes("certificate"))) == "Issue Level 3 to Māia Tūwhare"
    assert 'aria-sort="descending"><a href="/pending?day=tuesday&amp;sort=student">Student</a>' in page
    assert '<a class="clear" href="/pending?sort=-student">Clear filters</a>' in page
    nobody = await web.browser.open("/pending?level=l9")
    assert "Nobody matches" in nobody
    assert "Start Certificate Generation" not in nobody
    assert "Clear filters" not in await web.browser.open("/pending")


async def test_what_a_filter_hides_is_not_ticked(web: StaffWeb) -> None:
    other = waiting(MAIA_CERTIFICATE, MAIA.model_copy(update={"weekday": "saturday"}))
    web.neighbours.know(PENDING, Pending(certificates=(waiting(AROHA_CERTIFICATE, AROHA), other), level_changes=()))
    shown = form(await web.browser.open("/pending?day=saturday"), "run_id")
    assert shown.fields["certificate"] == [MAIA_CERTIFICATE]
    told = await started(web, shown, shown.action)
    assert [one["progression_id"] for one in told["certificates"]] == [MAIA_CERTIFICATE]


async def test_without_script_a_search_keeps_what_is_ticked_and_typed(web: StaffWeb) -> None:
    notes = {f"notes-{AROHA_CERTIFICATE}": "Brave"}
    ticked = [AROHA_CERTIFICATE, SCRIPT_CERTIFICATE]
    found = await web.browser.press(
        await pending(web), "/pending", act="search", search="sinead", certificate=ticked, **notes
    )
    assert found.status_code == 200
    assert "1 of 4 waiting" in found.text
    again = form(found.text, "run_id")
    assert list(again.boxes("certificate")) == ["Issue Level 3 to Sinéad O'Brien"]
    assert "certificate" not in again.fields
    assert again.fields["certificates"] == [" ".join(ticked)]
    told = await started(web, again, "/pending")
    assert told["certificates"] == [
        {"progression_id": AROHA_CERTIFICATE, "notes": "Brave"},
        {"progression_id": SCRIPT_CERTIFICATE},
    ]


async def test_pages_and_all_that_match_without_script(web: StaffWeb) -> None:
    web.neighbours.know(PENDING, many(300))
    first = form(await web.browser.open("/pending"), "run_id")
    assert len(first.fields["certificate"]) == 250
    assert len(first.fields["certificates"][0].split()) == 50
    unticked = first.fields["certificate"][1:]
    second = (await web.browser.press(first, "/pending", act="page-2", certificate=unticked)).text
    assert "Page 2 of 2" in second
    assert "<strong>299 selected</strong>, 0 blocked, 150 families will be mailed" in second
    none = (await web.browser.press(form(second, "run_id"), "/pending", act="untick-certificate")).text
    assert "<strong>0 selected</strong>" in none
    back = (await web.browser.press(form(none, "run_id"), "/pending", act="tick-certificate")).text
    told = await started(web, form(back, "run_id"), "/pending")
    assert len(told["certificates"]) == 300


async def test_a_note_for_all_is_on_each_that_has_none_of_its_own(web: StaffWeb) -> None:
    own = {f"notes-{SINEAD_CERTIFICATE}": "Tino pai!"}
    told = await started(web, await pending(web), "/pending", note="Ka pai, everyone", level_change=None, **own)
    assert told["certificates"] == [
        {"progression_id": AROHA_CERTIFICATE, "notes": "Ka pai, everyone"},
        {"progression_id": SINEAD_CERTIFICATE, "notes": "Tino pai!"},
        {"progression_id": SCRIPT_CERTIFICATE},
    ]
    too_long = await web.browser.press(await pending(web), "/pending", note="x" * 121)
    assert too_long.status_code == 422
    assert "The note for all has 121 characters; “Classic” has room for 120." in too_long.text
    assert form(too_long.text, "run_id").fields["note"] == ["x" * 121]
    assert len(web.neighbours.told(START)) == 1


# --- preflight


async def test_a_row_says_what_deserves_a_look_with_its_remedy(web: StaffWeb) -> None:
    too_long = PendingWarning(code="too_long", message="The name is long.", field="recipient_name", stops=True)
    nobody = PendingWarning(code="no_guardian", message="Nobody will be mailed.")
    rows = (
        waiting(AROHA_CERTIFICATE, AROHA).model_copy(update={"warnings": (nobody,), "guardians": 0}),
        waiting(SINEAD_CERTIFICATE, SINEAD).model_copy(update={"warnings": (too_long,)}),
        waiting(MAIA_CERTIFICATE, MAIA, None, NO_LAYOUT),
        waiting(SCRIPT_CERTIFICATE, SCRIPT),
    )
    web.neighbours.know(PENDING, Pending(certificates=rows, level_changes=()))
    page = await web.browser.open("/pending")
    boxes = form(page, "run_id").boxes("certificate")
    assert "disabled" in boxes["Issue Level 3 to Sinéad O'Brien"]
    assert "checked" in boxes["Issue Level 3 to Aroha Ngata"]
    assert "<strong>2 selected</strong>, 2 blocked, 1 family will be mailed" in page
    for message, address, remedy in (
        ("Nobody will be mailed.", "/students/s1", "Look at the family"),
        ("The name is long.", f"/pending/{SINEAD_CERTIFICATE}/name", "Edit the name"),
        ("Level 3 has no certificate layout yet.", "/levels/l3", "Choose a layout for Level 3"),
    ):
        assert re.search(rf'{message}[^<]*<a href="{address}"[^>]*>{remedy}</a>', page), message

    letter = FailureReason(code="missing_glyph", message="…")
    web.neighbours.know(CHECK, Checked(findings=(CheckFinding(place=0, reason=letter, letter="Ẁ"),), checked=3))
    checked = await web.browser.press(form(page, "run_id"), "/pending", act="check")
    assert "No font of “Classic” has the letter Ẁ: it would be a box." in checked.text
    [asked] = [request for name, _, request in web.neighbours.asked if name == "check"]
    assert isinstance(asked, AskCheck)
    assert [check.text for check in asked.checks] == [
        "Aroha Ngata",
        "Sinéad O'Brien",
        "<script>alert('hello')</script>",
    ]
    assert web.neighbours.told(START) == []


async def test_a_name_is_corrected_where_it_is_reviewed(web: StaffWeb) -> None:
    address = f"/pending/{SINEAD_CERTIFICATE}/name"
    shown = form(await web.browser.open(address), "preferred_name")
    assert shown.fields["preferred_name"] == ["Sinéad"]
    saved = await web.browser.press(shown, address, preferred_name=" Sinéad Rose ")
    await web.browser.press(shown, address, preferred_name="Sinéad")
    assert saved.headers["location"] == f"{address}?saved"
    assert "It will be printed as <strong data-printed-name>Sinéad O&#39;Brien</strong>" in await web.browser.open(
        f"{address}?saved"
    )
    # The second press is of the same form: one correction.
    assert web.neighbours.told("roster.cmd.set_preferred_name") == [
        {"student_id": "s2", "preferred_name": "Sinéad Rose"}
    ]
    await web.browser.press(form(await web.browser.open(address), "form_id"), address, preferred_name="")
    assert web.neighbours.told("roster.cmd.set_preferred_name")[1:] == [{"student_id": "s2"}]
    await web.browser.open("/pending/0199aaaa-0000-7000-8000-00000000dead/name", status=404)
    web.neighbours.refusals = [RefusalReason(code="unknown_student", message="There is no such student.")]
    refused = await web.browser.press(
        form(await web.browser.open(address), "form_id"), address, preferred_name="Sinéad R"
    )
    assert (refused.status_code, "There is no such student." in refused.text) == (422, True)


async def test_a_preview_is_the_printers_picture_of_what_would_be_frozen(web: StaffWeb) -> None:
    address = f"/pending/{AROHA_CERTIFICATE}"
    layout = LayoutRef(layout_id="classic", layout_version=1)
    frozen = Preview(layout=layout, fields={"recipient_name": "Aroha Ngata"}, placeholders=("number",))
    web.neighbours.know(PREVIEW, frozen)
    page = await web.browser.open(f"{address}/preview")
    assert f'<img src="{address}/picture.jpg" alt="The certificate of Aroha Ngata as it will be printed">' in page
    web.neighbours.know(PICTURE, b"\xff\xd8 a picture")
    answer = await web.browser.press(await pending(web), f"{address}/picture.jpg", notes="Ka pai!")
    assert (answer.content, answer.headers["content-type"]) == (b"\xff\xd8 a picture", "image/jpeg")
    asked = {
        name: request.model_dump(exclude_none=True) for name, _, request in web.neighbours.asked if name == "preview"
    }
    assert asked["preview"]["fields"] == {"recipient_name": "Aroha Ngata"}
    assert (await web.browser.client.get(f"{address}/picture.jpg")).content == b"\xff\xd8 a picture"
    web.neighbours.know(PREVIEW, QueryRefused("too_long", "The notes have 130 characters."))
    refused = await web.browser.press(await pending(web), f"{address}/picture.jpg", notes="x" * 130)
    assert (refused.status_code, "The notes have 130 characters." in refused.text) == (422, True)
    assert "The notes have 130 characters." in await web.browser.open(f"{address}/preview")
