"""Every public route, with every kind of secret: each opens what it is for, and nothing else opens anything.

A secret is a link's (in a mail), a session's (a cookie), a share link's, the code on the paper, or a mail's footer's.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import asyncpg
import httpx
import pytest

from services.kit import postgres
from services.portal import tokens
from services.portal.pages.entrance import COOKIE
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID
from tests.service.neighbours_families import issued
from tests.service.portal_routes import PublicRoute, public_routes
from tests.service.portal_running import Portal

Purpose = Literal["link", "session", "share", "code"]

FOR_EVERYBODY = {
    "/robots.txt",
    "/link",
    "POST /link",
    "/link/sent",
    "POST /family/leave",
    "/unsubscribe/{school_id}/{token}",
    "POST /unsubscribe/{school_id}/{token}",
}
"""What answers everybody, whatever secret they have, and says the same."""

ENDS: Mapping[Purpose, str] = {
    "link": "UPDATE portal.access_token SET revoked_at = now() WHERE token_sha256 = $1",
    "session": "UPDATE portal.access_token SET revoked_at = now() WHERE token_sha256 = "
    "(SELECT token_sha256 FROM portal.family_session WHERE session_sha256 = $1)",
    "share": "UPDATE portal.access_token SET revoked_at = now() WHERE token_sha256 = $1",
}
"""How each is revoked."""
EXPIRES: Mapping[Purpose, str] = {
    "link": "UPDATE portal.access_token SET created_at = now() - interval '91 days' WHERE token_sha256 = $1",
    "session": "UPDATE portal.family_session SET expires_at = now() - interval '1 second' WHERE session_sha256 = $1",
    "share": "UPDATE portal.access_token SET ends_at = now() - interval '1 second' WHERE token_sha256 = $1",
}
KEPT = ("access_token", "certificate_version", "correction", "correction_request", "outbox")
"""The tables that a request with a wrong secret leaves as they are."""


@dataclass(frozen=True)
class Secrets:
    """Of one family and one certificate of theirs; each its own purpose's."""

    certificate_id: str
    by_purpose: Mapping[Purpose, str]

    def but(self, purpose: Purpose) -> list[str]:
        """Those of every other purpose."""
        return [secret for other, secret in self.by_purpose.items() if other != purpose]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a portal that starts after this looks up by the hash of a secret."""
    said: list[str] = []
    speak_json = postgres._speak_json

    async def speak_and_tell(connection: postgres.Connection) -> None:
        await speak_json(connection)
        connection.add_query_logger(lambda asked: said.append(asked.query) if "sha256" in asked.query else None)

    monkeypatch.setattr(postgres, "_speak_json", speak_and_tell)
    return said


async def a_family(portal: Portal, name: str) -> Secrets:
    certificate_id = f"c-{name}"
    link = await portal.link_of(issued(certificate_id, family_id=f"f-{name}", student_id=f"s-{name}"))
    portal.web.cookies.clear()
    await portal.enter(link)
    session = portal.web.cookies[COOKIE]
    share = await portal.share(f"/family/certificates/{certificate_id}")
    portal.web.cookies.clear()
    return Secrets(
        certificate_id,
        {
            "link": link.rpartition("/")[2],
            "session": session,
            "share": share.removeprefix("/share/"),
            "code": f"code-{certificate_id}",
        },
    )


def purpose_of(route: PublicRoute) -> Purpose:
    """Which secret the route is opened by."""
    if route.path.startswith("/share/"):
        return "share"
    if route.path.startswith("/verify/"):
        return "code"
    return "link" if "{token}" in route.path else "session"


async def asked(portal: Portal, route: PublicRoute, secret: str, certificate_id: str) -> httpx.Response:
    """The route, with this in the place where its secret belongs, from an address that never asked before."""
    portal.is_elsewhere()
    headers = [(b"cookie", f"{COOKIE}={secret}".encode())] if purpose_of(route) == "session" else []
    places = {
        "token": secret,
        "code": secret,
        "certificate_id": certificate_id,
        "version": 1,
        "share_id": uuid.uuid4(),
        "school_id": SCHOOL_ID,
    }
    return await portal.web.request(route.method, route.filled(places), headers=headers)


def secret_routes(portal: Portal) -> list[PublicRoute]:
    return [route for route in public_routes(portal.app) if str(route) not in FOR_EVERYBODY]


def never_any(secret: str) -> Iterator[str]:
    """What was never anybody's secret, though some of it is nearly this one."""
    yield from ("", "x", "%00", "x" * 500, "..", "%2e%2e%2f", "٣" * 43, tokens.mint(), uuid.uuid4().hex)
    yield from (secret[:-1], f"{secret}A", secret.swapcase(), hashlib.sha256(secret.encode()).hexdigest())


async def kept(database: TestDatabase) -> Mapping[str, str]:
    connection = await asyncpg.connect(database.url("portal"))
    try:
        return {
            table: await connection.fetchval(
                f"SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM portal.{table} t"
            )
            for table in KEPT
        }
    finally:
        await connection.close()


async def execute(database: TestDatabase, statement: str, secret: str) -> None:
    connection = await asyncpg.connect(database.url("portal"))
    try:
        assert await connection.execute(statement, tokens.hashed(secret)) == "UPDATE 1"
    finally:
        await connection.close()


async def what_opens(
    portal: Portal, route: PublicRoute, secrets: Iterator[str] | list[str], certificate_id: str
) -> list[str]:
    """The secrets that something else is answered to than to a path that nothing is at.

    Of a code on paper that is nobody's there is a page of its own, to say what that means.
    """
    nothing = [await portal.web.get("/no/such/page")]
    if purpose_of(route) == "code":
        nothing.append(await asked(portal, route, tokens.mint(), certificate_id))
    assert {page.status_code for page in nothing} == {404}
    answers = {secret: await asked(portal, route, secret, certificate_id) for secret in secrets}
    return [secret for secret, page in answers.items() if _all_of(page) not in map(_all_of, nothing)]


def _all_of(page: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    return page.status_code, page.text, sorted(page.headers.multi_items())


async def test_every_route_opens_with_its_own_secret(portal: Portal) -> None:
    routes = secret_routes(portal)
    assert {purpose_of(route) for route in routes} == set(get_args(Purpose))
    for number, route in enumerate(routes):
        family = await a_family(portal, f"opens-{number}")
        own = family.by_purpose[purpose_of(route)]
        assert await what_opens(portal, route, [own], family.certificate_id) == [own], route


async def test_no_route_opens_with_what_is_no_secret_or_another_purposes(
    portal: Portal, database: TestDatabase
) -> None:
    ours = await a_family(portal, "ours")
    before = await kept(database)
    for route in secret_routes(portal):
        own = ours.by_purpose[purpose_of(route)]
        wrong = [*ours.but(purpose_of(route)), *never_any(own)]
        assert await what_opens(portal, route, wrong, ours.certificate_id) == [], route
    assert await kept(database) == before


@pytest.mark.parametrize("is_over", [ENDS, EXPIRES], ids=["revoked", "expired"])
async def test_no_route_opens_with_a_secret_that_is_over(
    portal: Portal, database: TestDatabase, is_over: Mapping[Purpose, str]
) -> None:
    over: dict[Purpose, Secrets] = {}
    for purpose, statement in is_over.items():
        family = await a_family(portal, purpose)
        await execute(database, statement, family.by_purpose[purpose])
        over[purpose] = family
    before = await kept(database)
    for route in secret_routes(portal):
        if purpose_of(route) in over:
            family = over[purpose_of(route)]
            own = family.by_purpose[purpose_of(route)]
            assert await what_opens(portal, route, [own], family.certificate_id) == [], route
    assert await kept(database) == before


async def test_it_takes_as_much_to_say_no_to_a_secret_that_is_over_as_to_one_that_never_was(
    statements: list[str], portal: Portal, database: TestDatabase
) -> None:
    """Looked up by its hash, in one statement, whatever becomes of it: so time tells nothing."""
    revoked, expired = await a_family(portal, "revoked"), await a_family(portal, "expired")
    for purpose in ENDS:
        await execute(database, ENDS[purpose], revoked.by_purpose[purpose])
        await execute(database, EXPIRES[purpose], expired.by_purpose[purpose])
    for route in secret_routes(portal):
        purpose = purpose_of(route)
        asked_for = []
        over = [family.by_purpose[purpose] for family in (revoked, expired) if purpose in ENDS]
        for secret in (tokens.mint(), *over):
            statements.clear()
            await asked(portal, route, secret, revoked.certificate_id)
            asked_for.append(tuple(statements))
        assert len(asked_for[0]) == 1, route
        assert len(set(asked_for)) == 1, route


async def test_another_familys_session_opens_nothing_of_this_ones(portal: Portal, database: TestDatabase) -> None:
    ours, theirs = await a_family(portal, "ours"), await a_family(portal, "theirs")
    routes = [route for route in secret_routes(portal) if "{certificate_id}" in route.path]
    assert len(routes) > 5
    before = await kept(database)
    for route in routes:
        assert await what_opens(portal, route, [theirs.by_purpose["session"]], ours.certificate_id) == [], route
    assert await kept(database) == before


async def test_the_pages_of_a_session_show_its_own_familys_certificates_alone(portal: Portal) -> None:
    ours, theirs = await a_family(portal, "ours"), await a_family(portal, "theirs")
    for mine, other in ((ours, theirs), (theirs, ours)):
        page = await asked(portal, PublicRoute("GET", "/family"), mine.by_purpose["session"], mine.certificate_id)
        assert f"/certificates/{mine.certificate_id}" in page.text
        assert other.certificate_id not in page.text


async def test_what_is_for_everybody_says_the_same_to_everybody(portal: Portal) -> None:
    ours = await a_family(portal, "ours")
    for route in public_routes(portal.app):
        if str(route) in FOR_EVERYBODY:
            said = set()
            for secret in (*ours.by_purpose.values(), tokens.mint()):
                page = await asked(portal, route, secret, ours.certificate_id)
                said.add((page.status_code, page.text.replace(secret, "")))
            assert len(said) == 1, route
