"""A token opens one thing, and every page keeps what it shows to itself."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import structlog

from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.service.neighbours_families import issued
from tests.service.portal_running import PORTAL_URL, Portal, portal_running


@pytest.fixture
async def portal(nats_server: NatsServer, database: TestDatabase, tmp_path: Path) -> AsyncIterator[Portal]:
    async with portal_running(nats_server, database, tmp_path / "artefacts") as portal:
        yield portal


GETS = (
    "/family/{token}",
    "/family/{token}/certificates/{certificate}",
    "/family/{token}/certificates/{certificate}/1.pdf",
    "/family/{token}/certificates/{certificate}/share",
    "/share/{token}",
    "/share/{token}.pdf",
)
POSTS = (
    "/family/{token}/certificates/{certificate}/share",
    "/family/{token}/certificates/{certificate}/shares/{share}/revoke",
)


async def answers(portal: Portal, token: str, certificate: str) -> dict[str, tuple[int, str]]:
    """Every route with this token and certificate: status and page."""
    names = {"token": token, "certificate": certificate, "share": uuid.uuid4()}
    pages = {path: await portal.web.get(path.format(**names)) for path in GETS}
    pages |= {f"POST {path}": await portal.web.post(path.format(**names)) for path in POSTS}
    return {path: (page.status_code, page.text) for path, page in pages.items()}


async def test_every_token_opens_its_own_pages_and_the_same_404_everywhere_else(portal: Portal) -> None:
    ours = (await portal.issue(issued("c1"))).removeprefix("/family/")
    theirs = (await portal.issue(issued("c9", family_id="f-other", student_id="s-other"))).removeprefix("/family/")
    share = (await portal.share(f"/family/{ours}/certificates/c1")).removeprefix("/share/")
    unknown = uuid.uuid4().hex
    nothing = (404, (await portal.web.get("/no/such/page")).text)

    # With the family's own token everything of the family's, and nothing below /share.
    opened = await answers(portal, ours, "c1")
    closed = {path for path, answer in opened.items() if answer == nothing}
    assert closed == {"/share/{token}", "/share/{token}.pdf"}

    # With another family's token nothing but that family's own page; so too with a certificate that is not there.
    for token, certificate in ((theirs, "c1"), (ours, "c9"), (ours, "c404"), (ours, "c%00")):
        got = await answers(portal, token, certificate)
        assert {path for path, answer in got.items() if answer != nothing} == {"/family/{token}"}

    # With a share token that one certificate alone.
    got = await answers(portal, share, "c1")
    assert {path for path, answer in got.items() if answer != nothing} == {"/share/{token}", "/share/{token}.pdf"}

    # With no token that is known, or the hash of one, nothing.
    for token in (unknown, "", "%00", ours[:-1], ours.swapcase(), "x" * 500):
        got = await answers(portal, token, "c1")
        assert all(answer == nothing for answer in got.values())
    assert (await portal.web.get(f"/family/{ours}/certificates/c1/{2**70}.pdf")).status_code == 404


async def test_another_family_cannot_stop_a_share(portal: Portal, database: TestDatabase) -> None:
    ours = await portal.issue(issued("c1"))
    theirs = await portal.issue(issued("c9", family_id="f-other", student_id="s-other"))
    link = await portal.share(f"{ours}/certificates/c1")
    connection = await asyncpg.connect(database.url("portal"))
    share_id = await connection.fetchval("SELECT share_id FROM portal.access_token WHERE purpose = 'share'")
    await connection.close()
    for path in (f"{theirs}/certificates/c9", f"{theirs}/certificates/c1"):
        await portal.web.post(f"{path}/shares/{share_id}/revoke")
    assert (await portal.web.get(link)).status_code == 200


async def test_tokens_and_codes_are_stored_as_hashes_only(portal: Portal, database: TestDatabase) -> None:
    home = await portal.issue(issued("c1"))
    link = await portal.share(f"{home}/certificates/c1")
    connection = await asyncpg.connect(database.url("portal"))
    kept = [
        str(tuple(row))
        for table in ("access_token", "certificate_version")
        for row in await connection.fetch(f"SELECT * FROM portal.{table}")
    ]
    await connection.close()
    for secret in (home.rpartition("/")[2], link.rpartition("/")[2], "code-c1"):
        assert not any(secret in row for row in kept)


async def test_every_response_keeps_to_itself(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    link = await portal.share(f"{home}/certificates/c1")
    here = f"{home}/certificates/c1"
    for path in (home, here, f"{here}/1.pdf", link, f"{link}.pdf", "/verify/code-c1", "/verify/x", "/", "/robots.txt"):
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
        assert re.findall(r'(?:src|href|action)="(?!/)[^"]*', page) == []
    assert (await portal.web.get("/robots.txt")).text == "User-agent: *\nDisallow: /\n"
    for dress in ("portal.css", "share.js", "laurel.svg"):
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
        home = await portal.issue(event)
        here = f"{home}/certificates/c1"
        link = await portal.share(here)
        (portal.artefacts / event.pdf.key).unlink()
        for path in (home, here, link, f"{here}/1.pdf", f"{link}.pdf"):
            await portal.web.get(path)
    said = str(lines)
    assert "pdf_unavailable" in said
    for secret in (home.rpartition("/")[2], link.rpartition("/")[2], "Mia", "Thompson"):
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
