"""A token opens one thing, and every page keeps what it shows to itself."""

from __future__ import annotations

import re
import uuid

import asyncpg
import structlog

from services.portal.pages.entrance import COOKIE
from tests.conftest import TestDatabase
from tests.service.neighbours_families import issued
from tests.service.portal_running import PORTAL_URL, Portal


async def session_of(portal: Portal, link: str) -> str:
    portal.web.cookies.clear()
    await portal.enter(link)
    session = portal.web.cookies.get(COOKIE)
    assert session is not None
    return session


async def test_the_secret_of_a_link_leaves_the_address_bar(portal: Portal) -> None:
    link = await portal.link_of(issued("c1"))
    entered = await portal.web.get(link)
    assert entered.headers["location"] == "/family"
    cookie = entered.headers["set-cookie"]
    assert link.removeprefix("/family/") not in cookie
    assert {"HttpOnly", "Path=/family", "SameSite=lax"} <= set(cookie.split("; "))
    page = await portal.web.get("/family")
    assert link.removeprefix("/family/") not in page.text


async def test_a_session_ends_when_the_family_signs_out_and_the_link_still_works(portal: Portal) -> None:
    link = await portal.link_of(issued("c1"))
    session = await session_of(portal, link)
    left = await portal.web.post("/family/leave")
    assert "signed out" in left.text
    portal.web.cookies.set(COOKIE, session)
    assert (await portal.web.get("/family")).status_code == 404
    portal.web.cookies.clear()
    assert (await portal.web.get(await portal.enter(link))).status_code == 200


async def test_a_session_ends_with_its_link_and_with_its_time(portal: Portal, database: TestDatabase) -> None:
    for end in (
        "UPDATE portal.access_token SET revoked_at = now()",
        "UPDATE portal.family_session SET expires_at = now() - interval '1 second'",
    ):
        await session_of(portal, await portal.link_of(issued(f"c{uuid.uuid4().hex}")))
        assert (await portal.web.get("/family")).status_code == 200
        connection = await asyncpg.connect(database.url("portal"))
        await connection.execute(end)
        await connection.close()
        assert (await portal.web.get("/family")).status_code == 404


async def test_another_family_cannot_stop_a_share(portal: Portal, database: TestDatabase) -> None:
    ours = await portal.issue(issued("c1"))
    link = await portal.share(f"{ours}/certificates/c1")
    theirs = await portal.issue(issued("c9", family_id="f-other", student_id="s-other"))
    connection = await asyncpg.connect(database.url("portal"))
    share_id = await connection.fetchval("SELECT share_id FROM portal.access_token WHERE purpose = 'share'")
    await connection.close()
    for path in (f"{theirs}/certificates/c9", f"{theirs}/certificates/c1"):
        await portal.web.post(f"{path}/shares/{share_id}/revoke")
    assert (await portal.web.get(link)).status_code == 200


async def test_tokens_and_codes_are_stored_as_hashes_only(portal: Portal, database: TestDatabase) -> None:
    home = await portal.link_of(issued("c1"))
    session = await session_of(portal, home)
    link = await portal.share("/family/certificates/c1")
    connection = await asyncpg.connect(database.url("portal"))
    kept = [
        str(tuple(row))
        for table in ("access_token", "certificate_version", "family_session")
        for row in await connection.fetch(f"SELECT * FROM portal.{table}")
    ]
    await connection.close()
    for secret in (home.rpartition("/")[2], session, link.rpartition("/")[2], "code-c1"):
        assert not any(secret in row for row in kept)


async def test_every_response_keeps_to_itself(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    link = await portal.share(f"{home}/certificates/c1")
    here = f"{home}/certificates/c1"
    ours = (home, here, f"{here}/1.pdf", f"{here}/1.jpg", link, f"{link}.pdf", f"{link}.png")
    for path in (*ours, "/verify/code-c1", "/verify/x", "/", "/robots.txt"):
        headers = (await portal.web.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-robots-tag"] == "noindex, nofollow, noarchive"
        assert headers["cache-control"] == "no-store"


async def test_pages_hold_nothing_inline_and_nothing_of_others(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    for path in (home, f"{home}/certificates/c1", "/verify/code-c1", "/nothing"):
        page = (await portal.web.get(path)).text
        assert 'content="noindex' in page
        assert "style=" not in page
        assert "onclick" not in page
        assert re.findall(r'(?:src|href|action)="(?!/|#)[^"]*', page) == []
    assert (await portal.web.get("/robots.txt")).text == "User-agent: *\nAllow: /share/\nDisallow: /\n"
    for dress in ("portal.css", "share.js", "print.js", "laurel.svg"):
        assert (await portal.web.get(f"/static/{dress}")).status_code == 200


async def test_a_form_that_another_site_sends_does_nothing(portal: Portal) -> None:
    here = await portal.issue(issued("c1")) + "/certificates/c1"
    for headers in ({"origin": "https://evil.test"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        refused = await portal.web.post(f"{here}/share", headers=headers)
        assert refused.status_code == 403
    assert "Stop sharing" not in (await portal.web.get(here)).text


async def test_a_form_of_our_own_is_done_whatever_the_browser_adds(portal: Portal) -> None:
    here = await portal.issue(issued("c1")) + "/certificates/c1"
    for headers in (
        {},
        {"origin": PORTAL_URL},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "null"},
    ):
        assert (await portal.web.post(f"{here}/share", headers=headers)).status_code == 201


async def test_no_token_and_no_name_is_in_a_log_line(portal: Portal) -> None:
    with structlog.testing.capture_logs() as lines:
        event = issued("c1")
        home = await portal.link_of(event)
        session = await session_of(portal, home)
        here = "/family/certificates/c1"
        link = await portal.share(here)
        (portal.artefacts / event.pdf.key).unlink()
        for path in (home, here, link, f"{here}/1.pdf", f"{link}.pdf"):
            await portal.web.get(path)
    said = str(lines)
    assert "pdf_unavailable" in said
    for secret in (home.rpartition("/")[2], session, link.rpartition("/")[2], "Mia", "Thompson"):
        assert secret not in said


async def test_a_database_that_is_away_is_a_readable_page(portal: Portal, database: TestDatabase) -> None:
    home = await portal.issue(issued("c1"))
    connection = await asyncpg.connect(database.url("portal"))
    await connection.execute("ALTER TABLE portal.access_token RENAME TO out_of_reach")
    await connection.close()
    page = await portal.web.get(home)
    assert page.status_code == 503
    assert "try again" in page.text
    assert page.headers["cache-control"] == "no-store"
