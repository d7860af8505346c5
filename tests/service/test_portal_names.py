"""A family says that the name on a certificate is wrong, and sees what comes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.certificates import Replaced, Withdrawn
from contracts.portal import CorrectionAnswered, CorrectionRequested
from deploy.embedded.nats import NatsServer
from services.portal.asked_names import MOST_IN_A_DAY
from tests.conftest import TestDatabase
from tests.service.html_forms import form
from tests.service.neighbours_families import issued
from tests.service.portal_running import Portal, portal_running

HERE = "/family/certificates/c1"
NAME = f"{HERE}/name"


@pytest.fixture
async def portal(nats_server: NatsServer, database: TestDatabase, tmp_path: Path) -> AsyncIterator[Portal]:
    """Mia's certificate c1 is online, and her family has opened its link."""
    async with portal_running(nats_server, database, tmp_path / "artefacts") as portal:
        await portal.issue(issued("c1"))
        yield portal


async def page(portal: Portal) -> str:
    return (await portal.web.get(HERE)).text


async def asks(portal: Portal, name: str, message: str = "", form_id: str = "") -> int:
    """The status that answers the form; 303 leads back to the certificate."""
    shown = form(await page(portal), "recipient_name")
    typed = {"recipient_name": name, "message": message, "form_id": form_id or shown.fields["form_id"][0]}
    answer = await portal.web.post(NAME, data=typed)
    if answer.status_code == 303:
        assert answer.headers["location"] == f"{HERE}#name"
    return answer.status_code


async def answers(portal: Portal, request: CorrectionRequested, **what: object) -> None:
    answer = {"request_id": request.request_id, "certificate_id": request.certificate_id, **what}
    await portal.neighbours.says(CorrectionAnswered.model_validate(answer))
    await portal.neighbours.settled("portal")


async def test_a_family_asks_and_the_page_says_so(portal: Portal) -> None:
    assert "Is the name wrong?" in await page(portal)
    # Another site does not ask in their name.
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert (await portal.web.post(NAME, data={"recipient_name": "M"}, headers=elsewhere)).status_code == 403
    assert await asks(portal, "Mia Thompson-Reed", "She has\r\nboth our names.") == 303
    [told] = await portal.neighbours.hears(CorrectionRequested)
    assert (told.certificate_id, told.version, told.recipient_name) == ("c1", 1, "Mia Thompson-Reed")
    assert told.message == "She has\nboth our names."
    shown = await page(portal)
    assert "You asked for <strong><bdi>Mia Thompson-Reed</bdi></strong>" in shown
    assert "The school will look at it." in shown
    assert (await portal.neighbours.waits_for()).requests == (told,)


async def test_one_form_is_one_request_and_the_next_takes_its_place(portal: Portal) -> None:
    for _ in range(2):
        assert await asks(portal, "Mia Reed", form_id="once") == 303
    assert await asks(portal, "Mia-Rose Reed") == 303
    first, second = await portal.neighbours.hears(CorrectionRequested, 2)
    assert first.requested_at < second.requested_at
    # What is answered of the first is not about the second.
    await answers(portal, first, outcome="declined", reason="No such child")
    shown = await page(portal)
    assert "Mia-Rose Reed" in shown
    assert "No such child" not in shown
    assert [each.recipient_name for each in (await portal.neighbours.waits_for()).requests] == ["Mia-Rose Reed"]


@pytest.mark.heavy
async def test_who_asks_very_often_is_told_kindly_and_nothing_is_lost(portal: Portal) -> None:
    for time in range(MOST_IN_A_DAY):
        assert await asks(portal, f"Mia Reed the {time}.") == 303
    refused = await portal.web.post(NAME, data={"recipient_name": "Mia Reed again", "form_id": "f"})
    assert refused.status_code == 429
    assert "tomorrow you can write again" in refused.text
    assert "Mia Reed again" in refused.text
    assert f"Mia Reed the {MOST_IN_A_DAY - 1}." in await page(portal)
    assert len(await portal.neighbours.heard(CorrectionRequested)) == MOST_IN_A_DAY


async def test_what_cannot_be_printed_is_said_in_words(portal: Portal) -> None:
    for name, message, words in (
        ("", "", "The name as it should be printed is missing."),
        ("Mia\x07Reed", "", "characters that cannot be printed"),
        ("M" * 201, "", "at most 200 characters"),
        ("Mia Reed", "x" * 501, "Your words to the school can have at most 500 characters."),
        ("Mia Reed", "a\x00b", "Your words to the school has characters that cannot be printed"),
        ("Mia Thompson", "", "the name that is on the certificate already"),
        ("Mia Reed", "x" * 30_000, "is missing"),
    ):
        answer = await portal.web.post(NAME, data={"recipient_name": name, "message": message})
        assert answer.status_code == 422
        assert words in answer.text
    assert (await portal.neighbours.waits_for()).requests == ()


async def test_what_the_school_says_is_read_on_the_page_and_they_may_ask_again(portal: Portal) -> None:
    await asks(portal, "Princess Mia")
    [request] = await portal.neighbours.hears(CorrectionRequested)
    await answers(portal, request, outcome="declined", reason="As <b>enrolled</b>.")
    shown = await page(portal)
    assert "As &lt;b&gt;enrolled&lt;/b&gt;." in shown
    assert "Is the name still wrong?" in shown
    assert await asks(portal, "Mia Reed") == 303
    assert "enrolled" not in await page(portal)


@pytest.mark.parametrize("answered_first", [True, pytest.param(False, marks=pytest.mark.heavy)])
async def test_the_corrected_certificate_answers_in_whatever_order_it_comes(
    portal: Portal, *, answered_first: bool
) -> None:
    await asks(portal, "Mia Reed")
    [request] = await portal.neighbours.hears(CorrectionRequested)
    corrected = issued("c1", 2, recipient_name="Mia Reed")
    if answered_first:
        await answers(portal, request, outcome="corrected", by_version=2)
        assert "The school is correcting the certificate." in await page(portal)
        await portal.issue(corrected)
    else:
        await portal.issue(corrected)
        assert "This is the new one." in await page(portal)
        await answers(portal, request, outcome="corrected", by_version=2)
    await portal.neighbours.says(Replaced(certificate_id="c1", version=1, reason="a wrong name", by_version=2))
    await portal.neighbours.settled("portal")
    shown = await page(portal)
    assert "The school has corrected the certificate. This is the new one." in shown
    assert "Is the name still wrong?" in shown
    assert (await portal.neighbours.waits_for()).requests == ()


async def test_a_withdrawn_certificate_has_no_name_to_correct(portal: Portal) -> None:
    await portal.neighbours.says(Withdrawn(certificate_id="c1", version=1, reason="a mistake"))
    await portal.neighbours.settled("portal")
    assert "Is the name wrong?" not in await page(portal)
    answer = await portal.web.post(NAME, data={"recipient_name": "Mia Reed"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}#name")
    assert await portal.neighbours.heard(CorrectionRequested) == []
