"""How certificates get online: in any order, more than once, and never before the link works."""

from __future__ import annotations

from contracts.certificates import Replaced, Withdrawn
from contracts.portal import Published
from tests.service.neighbours_families import issued, keep_pdf
from tests.service.portal_running import Portal
from tests.waiting import eventually


async def test_an_issued_certificate_is_published_with_the_familys_link(portal: Portal) -> None:
    link = await portal.link_of(issued("c1"))
    said = await portal.neighbours.heard(Published)
    assert [(event.certificate_id, event.version, event.family_id) for event in said] == [("c1", 1, "f-thompson")]
    # 256 bits in base 64.
    assert len(link.removeprefix("/family/")) == 43


async def test_a_repeated_event_is_one_certificate_and_one_message(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    await portal.neighbours.says(issued("c1"), issued("c1"))
    await portal.neighbours.settled("portal")
    await portal.issue(issued("c2"))
    assert [event.certificate_id for event in await portal.neighbours.heard(Published)] == ["c1", "c2"]
    assert (await portal.web.get(home)).text.count('href="/family/certificates/c1"') == 1


async def test_what_was_issued_never_changes(portal: Portal) -> None:
    home = await portal.issue(issued("c1", title="Dolphin 3"))
    await portal.neighbours.says(issued("c1", title="Something else"))
    await portal.neighbours.settled("portal")
    assert "Something else" not in (await portal.web.get(home)).text


async def test_a_withdrawal_that_comes_first_wins(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    early = issued("c2")
    await keep_pdf(portal.artefacts, early)
    await portal.neighbours.says(Withdrawn(certificate_id="c2", version=1, reason="a mistake"), early)
    await portal.neighbours.settled("portal")
    assert "Withdrawn" in (await portal.web.get(f"{home}/certificates/c2")).text
    assert [event.certificate_id for event in await portal.neighbours.heard(Published)] == ["c1"]


async def test_versions_that_come_in_the_wrong_order_end_the_same(portal: Portal) -> None:
    first, second = issued("c1", recipient_name="Mja Thompson"), issued("c1", 2)
    await keep_pdf(portal.artefacts, first)
    await portal.neighbours.says(Replaced(certificate_id="c1", version=1, reason="a wrong name", by_version=2))
    home = await portal.issue(second)
    await portal.neighbours.says(first)
    await portal.neighbours.settled("portal")
    page = (await portal.web.get(home)).text
    assert "Mja" not in page
    assert "Corrected" in page


async def test_nothing_is_published_before_its_pdf_is_there(portal: Portal) -> None:
    missing = issued("c1")
    await portal.neighbours.says(missing)
    await portal.issue(issued("c2"))
    assert [event.certificate_id for event in await portal.neighbours.heard(Published)] == ["c2"]
    await keep_pdf(portal.artefacts, missing)
    await portal.neighbours.hears(Published, 2)


async def test_an_event_that_cannot_be_read_is_kept_aside_without_its_names(portal: Portal) -> None:
    await portal.neighbours.says_badly(issued("c1"), b'{"recipient_name": "Mia Thompson", "version": "x"}')

    async def kept() -> dict[str, str]:
        return await portal.neighbours.dead_letter("dead.portal.certificates.evt.issued.v1.demo")

    headers = await eventually(kept)
    assert "cannot be read" in headers["Laurel-Reason"]
    assert "Mia" not in headers["Laurel-Reason"]
