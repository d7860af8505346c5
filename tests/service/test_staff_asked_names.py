"""A family asks for another name: staff see it wherever they look, and answer it in two ways."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.catalogue import ATTENTION, CERTIFICATE, STUDENT
from contracts.queries import Attention
from deploy.embedded.nats import NatsServer
from services.staff.asked_names import first_name_in
from services.staff.roles import OFFICE
from tests.conftest import TestDatabase
from tests.service import staff_school as told
from tests.service.html_forms import Form, forms
from tests.service.staff_web import StaffWeb, put_rangi, staff_web

ADDRESS = "/certificates/c1"
CORRECTION, DECLINE = f"{ADDRESS}/correction", f"{ADDRESS}/correction/decline"
WISH = told.asked(told.MAIA, "Māia-Rose Tūwhare")


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        known = running_web.neighbours
        known.know(ATTENTION, Attention(certificates=(), dead_letters=0, corrections=(WISH,)))
        known.know(CERTIFICATE, told.certificate_page("issued").model_copy(update={"correction": WISH}))
        page = told.student_page(told.certificate("c1", "Level 3"))
        progress = page.progress.model_copy(update={"student": told.MAIA})
        known.know(STUDENT, page.model_copy(update={"progress": progress}))
        yield running_web


async def shown(web: StaffWeb, address: str, action: str) -> Form:
    [found] = [each for each in forms(await web.browser.open(address)) if each.action == action]
    return found


async def test_a_wish_is_counted_listed_and_on_top_of_the_certificate(web: StaffWeb) -> None:
    home = await web.browser.open("/")
    assert (
        '<a href="/attention#names-title"><strong>1</strong> family asks for another name on a certificate</a>' in home
    )
    listed = await web.browser.open("/attention")
    for words in ("Māia Tūwhare", "Māia-Rose Tūwhare", "She has both our names.", f"{ADDRESS}?as-asked#reissue"):
        assert words in listed
    page = await web.browser.open(ADDRESS)
    assert page.index("The family asks for another name") < page.index("Versions")
    assert "It has been corrected since" not in listed
    # What was asked of an older version is said to be so.
    late = told.asked(told.MAIA, "Māia-Rose Tūwhare", version=1)
    web.neighbours.know(ATTENTION, Attention(certificates=(), dead_letters=0, corrections=(late,)))
    web.neighbours.know(CERTIFICATE, told.certificate_page("issued").model_copy(update={"correction": late}))
    assert "It has been corrected since they saw it." in await web.browser.open("/attention")
    assert "They saw version 1" in await web.browser.open(ADDRESS)


async def test_one_press_reissues_with_the_name_and_prints_it_from_now_on(web: StaffWeb) -> None:
    prefilled = await shown(web, f"{ADDRESS}?as-asked", CORRECTION)
    for _ in range(2):
        assert (await web.browser.press(prefilled, CORRECTION)).headers["location"] == ADDRESS
    assert web.neighbours.told("certificates.cmd.reissue") == [
        {
            "certificate_id": "c1",
            "reason": "The family asked for this name",
            "requested_by": "Rangi Patel",
            "changes": {"recipient_name": "Māia-Rose Tūwhare"},
        }
    ]
    assert web.neighbours.told("roster.cmd.set_preferred_name") == [{"student_id": "s3", "preferred_name": "Māia-Rose"}]
    # Where staff put it back, the roster stays as it is.
    another = await shown(web, f"{ADDRESS}?as-asked", CORRECTION)
    await web.browser.press(another, CORRECTION, preferred_name=another.fields["was-preferred_name"])
    assert len(web.neighbours.told("certificates.cmd.reissue")) == 2
    assert len(web.neighbours.told("roster.cmd.set_preferred_name")) == 1


async def test_declining_needs_words_for_the_family(web: StaffWeb) -> None:
    blank = await shown(web, f"{ADDRESS}?decline", DECLINE)
    answer = await web.browser.press(blank, DECLINE)
    assert answer.status_code == 422
    assert "Say why." in answer.text
    assert (await web.browser.press(blank, DECLINE, reason="This is how she is enrolled.")).status_code == 303
    assert web.neighbours.told("certificates.cmd.decline_correction") == [
        {
            "certificate_id": "c1",
            "request_id": WISH.request_id,
            "reason": "This is how she is enrolled.",
            "requested_by": "Rangi Patel",
        }
    ]


async def test_the_office_sees_it_and_who_can_answer(web: StaffWeb, database: TestDatabase) -> None:
    await put_rangi(database, username="office", role=OFFICE)
    web.browser.client.cookies.clear()
    await web.browser.sign_in("office")
    assert "A manager can answer" in await web.browser.open("/attention")
    page = await web.browser.open(ADDRESS)
    assert "She has both our names." in page
    assert "A manager can issue it again with this name, or decline." in page
    assert not [each for each in forms(page) if each.action in (CORRECTION, DECLINE)]


@pytest.mark.parametrize(
    ("wish", "first_name"),
    [
        ("Māia-Rose Tūwhare", "Māia-Rose"),
        ("Tūwhare Māia", "Māia"),
        ("Māia Tūwhare-Reed", None),
        ("Tūwhare", None),
    ],
)
def test_a_first_name_is_known_where_the_rest_is_the_family_name(wish: str, first_name: str | None) -> None:
    assert first_name_in(wish, told.MAIA) == first_name
