"""What the portal does when a child is erased."""

from __future__ import annotations

from contracts.catalogue import HELD_BY_PORTAL
from contracts.certificates import Withdrawn
from contracts.envelope import new_id
from contracts.erasure import AskHeld, Erased, PortalErased
from contracts.portal import Published
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.conftest import TestDatabase
from tests.everything_kept import rows, telling
from tests.school import SCHOOL_ID
from tests.service.neighbours_families import issued
from tests.service.portal_running import Portal


def erased(*certificate_ids: str, family_id: str | None = None, round_: int = 1) -> Erased:
    return Erased(
        erasure_id=new_id(), round=round_, student_id="s-mia", certificate_ids=certificate_ids, family_id=family_id
    )


async def where(database: TestDatabase, *words: str) -> list[str]:
    return telling([each async for each in rows(database.superuser_url)], *words)


async def test_a_siblings_page_stays_and_nothing_brings_the_erased_child_back(
    portal: Portal, database: TestDatabase
) -> None:
    home = await portal.issue(issued("c1"))
    await portal.issue(issued("c2", student_id="s-leo", recipient_name="Leo Thompson"))
    shared = await portal.share(f"{home}/certificates/c1")
    await portal.neighbours.says(erased("c1"))
    [confirmed] = await portal.neighbours.hears(PortalErased)
    assert confirmed.removed == {"certificate versions online": 1, "links": 1}

    published = len(await portal.neighbours.heard(Published))
    late = issued("c1", 2, recipient_name="Mia Thompson again")
    withdrawn = Withdrawn(certificate_id="c1", version=1, reason="Late")
    await portal.neighbours.says(issued("c1"), late, withdrawn)
    await portal.neighbours.settled("portal")
    assert len(await portal.neighbours.heard(Published)) == published
    assert await where(database, "Mia", "s-mia", ",c1,") == []
    page = await portal.web.get(home)
    assert "Leo Thompson" in page.text
    assert "Mia" not in page.text
    for gone in (shared, f"{home}/certificates/c1", f"{home}/certificates/c1/1.pdf", "/verify/code-c1"):
        assert (await portal.web.get(gone)).status_code == 404, gone


async def test_with_its_last_child_a_familys_links_and_sessions_end(portal: Portal, database: TestDatabase) -> None:
    link = await portal.link_of(issued("c1"))
    home = await portal.enter(link)
    await portal.neighbours.says(erased("c1", family_id="f-thompson"))
    await portal.neighbours.hears(PortalErased)
    assert await where(database, "f-thompson") == []
    for address in (link, home):
        assert (await portal.web.get(address)).status_code in (403, 404)


async def test_it_confirms_as_often_as_it_is_told(portal: Portal) -> None:
    once = erased("c1")
    await portal.neighbours.says(once)
    await portal.neighbours.says(once)
    assert len(await portal.neighbours.hears(PortalErased, 2)) == 2


async def test_what_it_holds_about_a_family_is_told_without_a_secret(portal: Portal, nats_server: NatsServer) -> None:
    home = await portal.issue(issued("c1"))
    await portal.share(f"{home}/certificates/c1")
    staff = Bus("staff", nats_server.url("staff"), Metrics())
    await staff.start()
    try:
        held = await staff.ask(HELD_BY_PORTAL, SCHOOL_ID, AskHeld(family_id="f-thompson", certificate_ids=("c1",)))
    finally:
        await staff.stop()
    tables = {table.title: table.rows for table in held.tables}
    assert tables["certificate versions online"][0]["recipient name"] == "Mia Thompson"
    assert {row["purpose"] for row in tables["links"]} == {"family", "share"}
    assert "sha256" not in {key for row in tables["links"] for key in row}
    assert not [key for rows in tables.values() for row in rows for key in row if "token" in key]
