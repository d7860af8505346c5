"""A new link, no more mails, which mails: what a family asks for on the portal, and that it tells nobody anything."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx
import pytest

from contracts.catalogue import FAMILY_LINK
from contracts.family_queries import AskFamilyLink, GuardianPreference
from contracts.portal import LinkRequested, MailsChosen, MailsChosenByLink
from deploy.embedded.nats import NatsServer
from services.portal import tokens
from services.portal.limits import Limit
from services.portal.pages.entrance import SESSION_LASTS
from services.portal.pages.links import MOST
from services.portal.store import FAMILY_LINK_LASTS
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID
from tests.service.html_forms import form
from tests.service.neighbours_choices import PlayedNotification, played_notification
from tests.service.neighbours_families import SCHOOL_NAME, address_sha256, issued
from tests.service.portal_running import Portal

ADDRESS = "hana@family.test"


@pytest.fixture
async def notification(nats_server: NatsServer) -> AsyncIterator[PlayedNotification]:
    async with played_notification(nats_server) as notification:
        yield notification


async def asked(portal: Portal, address: str, school_id: str = SCHOOL_ID) -> httpx.Response:
    return await portal.web.post("/link", data={"school": school_id, "address": address})


async def test_a_request_for_a_new_link_travels_as_a_hash_and_is_kept_nowhere(
    portal: Portal, database: TestDatabase
) -> None:
    await portal.issue(issued("c1"))
    assert SCHOOL_ID in (await portal.web.get("/link")).text
    sent = await asked(portal, f" {ADDRESS.title()} ")
    assert sent.headers["location"] == "/link/sent"
    assert "a mail is on its way" in (await portal.web.get("/link/sent")).text
    [request] = await portal.neighbours.hears(LinkRequested)
    assert request.address_sha256 == address_sha256(ADDRESS)
    for envelope in await portal.neighbours.envelopes(LinkRequested):
        assert ADDRESS not in envelope.body.decode().lower() + str(envelope.headers)
    assert ADDRESS not in await everything_in(database)


async def everything_in(database: TestDatabase) -> str:
    connection = await asyncpg.connect(database.url("portal"))
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'portal'")
    kept = [str(await connection.fetch(f"SELECT * FROM portal.{table['tablename']}")) for table in tables]
    await connection.close()
    return "".join(kept).lower()


async def test_a_mistyped_address_is_said_and_of_several_schools_one_is_chosen(portal: Portal) -> None:
    await portal.issue(issued("c1"))
    assert "<select" not in (await portal.web.get("/link")).text
    for wrong in ("", "hana", "hana@", "ha na@family.test", "x" * 300 + "@family.test"):
        refused = await asked(portal, wrong)
        assert refused.status_code == 400
        assert "That is no e-mail address" in refused.text
    unknown = await asked(portal, ADDRESS, "no-such-school")
    assert (unknown.status_code, "Please choose the school" in unknown.text) == (400, True)
    assert await portal.neighbours.heard(LinkRequested) == []
    foreign = await portal.web.post(
        "/link", data={"school": SCHOOL_ID, "address": ADDRESS}, headers={"sec-fetch-site": "cross-site"}
    )
    assert foreign.status_code == 403


async def test_whoever_asks_too_often_is_told_when_to_come_back(portal: Portal) -> None:
    await portal.issue(issued("c1"))
    answers = [await asked(portal, f"parent-{n}@family.test") for n in range(MOST + 1)]
    assert [answer.status_code for answer in answers[:-1]] == [303] * MOST
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["retry-after"]) <= 600
    assert "10 minutes" in answers[-1].text
    # Who comes back by a link that they have is not locked out.
    assert (await portal.web.get("/family")).status_code == 200


def test_a_limit_is_each_clients_own_and_ends() -> None:
    now = 1000.0
    limit = Limit(2, timedelta(seconds=60), clock=lambda: now)
    assert [limit.wait_s("a"), limit.wait_s("a"), limit.wait_s("a"), limit.wait_s("b")] == [0, 0, 60, 0]
    now += 45
    assert limit.wait_s("a") == 15
    now += 15
    assert limit.wait_s("a") == 0


async def test_a_link_that_was_asked_for_opens_the_familys_page(
    portal: Portal, notification: PlayedNotification
) -> None:
    await portal.issue(issued("c1"))
    question = AskFamilyLink(family_id="f-thompson", request_id="01920f3e-7c44-7a51-9b0e-2f6d1c8a4b77")
    links = [(await notification.bus.ask(FAMILY_LINK, SCHOOL_ID, question)).family_url for _ in range(2)]
    assert len(set(links)) == 2
    portal.web.cookies.clear()
    assert "Dolphin 3" in (await portal.web.get(await portal.enter(links[0]))).text


async def test_a_link_ends_after_ninety_days_and_looks_like_one_that_never_was(
    portal: Portal, database: TestDatabase
) -> None:
    link = await portal.link_of(issued("c1"))
    connection = await asyncpg.connect(database.url("portal"))
    for age, status in ((FAMILY_LINK_LASTS - timedelta(minutes=1), 303), (FAMILY_LINK_LASTS, 404)):
        await connection.execute("UPDATE portal.access_token SET created_at = now() - $1::interval", age)
        entered = await portal.web.get(link)
        assert entered.status_code == status
    # Once no session can be from it any more, it is forgotten when the next family comes.
    old = FAMILY_LINK_LASTS + SESSION_LASTS
    await connection.execute("UPDATE portal.access_token SET created_at = now() - $1::interval", old)
    await portal.enter(await portal.link_of(issued("c2")))
    assert await connection.fetchval("SELECT count(*) FROM portal.access_token") == 1
    await connection.close()
    assert entered.text == (await portal.web.get("/no/such/page")).text
    assert 'href="/link"' in entered.text


async def test_looking_at_an_unsubscribe_link_does_nothing_and_pressing_does_whoever_presses(portal: Portal) -> None:
    await portal.issue(issued("c1"))
    portal.web.cookies.clear()
    token = tokens.mint()
    path = f"/unsubscribe/{SCHOOL_ID}/{token}"
    page = await portal.web.get(path)
    assert f'action="{path}"' in page.text
    one_click = await portal.web.post(
        path, data={"List-Unsubscribe": "One-Click"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert one_click.status_code == 200
    assert "no more of these mails" in one_click.text
    as_files = await portal.web.post(path, files={"List-Unsubscribe": (None, "One-Click")})
    assert as_files.text == one_click.text
    again = await portal.web.post(path, data={"mails": "again"})
    assert "You get mails again" in again.text
    said = await portal.neighbours.hears(MailsChosenByLink, 3)
    assert [each.wants_mail for each in said] == [False, False, True]
    assert {each.token_sha256 for each in said} == {hashlib.sha256(token.encode()).hexdigest()}


@pytest.mark.heavy
async def test_an_unsubscribe_link_that_is_nobodys_is_answered_alike(portal: Portal) -> None:
    await portal.issue(issued("c1"))
    known = await portal.web.post(f"/unsubscribe/{SCHOOL_ID}/{tokens.mint()}")
    for path in (f"{SCHOOL_ID}/x", "no-such-school/" + tokens.mint(), "%00/%00", f"{SCHOOL_ID}/{'x' * 500}"):
        answer = await portal.web.post(f"/unsubscribe/{path}")
        assert answer.status_code == known.status_code == 200
        assert answer.text.partition("<form")[0] == known.text.partition("<form")[0]
    assert len(await portal.neighbours.hears(MailsChosenByLink)) == 1


async def test_a_family_chooses_whose_mails_come_and_in_which_language(
    portal: Portal, notification: PlayedNotification
) -> None:
    notification.guardians = (
        GuardianPreference(guardian_id="g-hana", name="Hana Thompson", wants_mail=True, language="mi"),
        GuardianPreference(guardian_id="g-tom", name="Tom <b>Thompson", wants_mail=False),
    )
    home = await portal.issue(issued("c1"))
    assert f'href="{home}/preferences"' in (await portal.web.get(home)).text
    page = (await portal.web.get(f"{home}/preferences")).text
    assert "Tom &lt;b&gt;Thompson" in page
    assert "العربية" in page
    assert notification.asked == ["f-thompson"]
    shown = form(page, "mails").fields
    assert (shown["mails"], shown["language-g-hana"], shown["language-g-tom"]) == (["g-hana"], ["mi"], [""])

    kept = await portal.web.post(
        f"{home}/preferences",
        data={"guardian": ["g-hana", "g-tom", "no/id"], "mails": ["g-tom"], "language-g-hana": "ar"},
    )
    assert kept.headers["location"] == f"{home}/preferences/kept"
    assert (await portal.web.get(f"{home}/preferences/kept")).status_code == 200
    said = await portal.neighbours.hears(MailsChosen, 2)
    assert [(each.family_id, each.guardian_id, each.wants_mail, each.language) for each in said] == [
        ("f-thompson", "g-hana", False, "ar"),
        ("f-thompson", "g-tom", True, None),
    ]


@pytest.mark.heavy
async def test_preferences_wait_while_notification_is_away(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    assert (await portal.web.get(f"{home}/preferences")).status_code == 503
    kept = await portal.web.post(f"{home}/preferences", data={"guardian": "g-hana"})
    assert kept.status_code == 303
    assert [each.wants_mail for each in await portal.neighbours.hears(MailsChosen)] == [False]


@pytest.mark.heavy
async def test_the_link_in_a_mails_footer_leads_to_the_preferences(portal: Portal) -> None:
    link = await portal.link_of(issued("c1"))
    assert await portal.enter(f"{link}/preferences") == "/family/preferences"
    nothing = await portal.web.get(f"{link[:-1]}/preferences")
    assert (nothing.status_code, nothing.text) == (404, (await portal.web.get("/no/such/page")).text)


async def test_a_family_ends_all_its_links_at_once_and_no_other_familys(portal: Portal) -> None:
    others = await portal.link_of(issued("c9", family_id="f-other", student_id="s-other"))
    link = await portal.link_of(issued("c1"))
    home = await portal.enter(link)
    share = await portal.share(f"{home}/certificates/c1")
    foreign = await portal.web.post(f"{home}/links/end", headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    ended = await portal.web.post(f"{home}/links/end")
    assert 'href="/link"' in ended.text
    for path in (link, home, f"{home}/preferences", f"{home}/preferences/kept"):
        assert (await portal.web.get(path)).status_code == 404
    for path in (f"{home}/preferences", f"{home}/links/end"):
        assert (await portal.web.post(path)).status_code == 404
    assert (await portal.web.get(share)).status_code == 200
    assert (await portal.web.get(others)).status_code == 303


@pytest.mark.heavy
async def test_a_school_is_known_by_its_newest_name(portal: Portal, database: TestDatabase) -> None:
    for certificate_id, name in (("c1", "Kauri"), ("c2", SCHOOL_NAME), ("c3", None), ("c4", SCHOOL_NAME)):
        await portal.link_of(issued(certificate_id, school_name=name))
    connection = await asyncpg.connect(database.url("portal"))
    assert [tuple(row) for row in await connection.fetch("SELECT * FROM portal.school")] == [(SCHOOL_ID, SCHOOL_NAME)]
    await connection.execute("INSERT INTO portal.school VALUES ('other', 'Another <School>')")
    await connection.close()
    page = (await portal.web.get("/link")).text
    assert page.index("Another &lt;School&gt;") < page.index(SCHOOL_NAME)
