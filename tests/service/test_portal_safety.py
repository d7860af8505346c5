"""Guessing is slowed down without anybody being locked out, TLS stays TLS, and no secret is in what the portal says."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import structlog

from deploy.embedded.nats import NatsServer
from services.portal.guessing import MOST
from tests.conftest import TestDatabase
from tests.running import served
from tests.service.neighbours_families import issued
from tests.service.portal_running import Portal, portal_running

HSTS = "strict-transport-security"


async def test_whoever_guesses_is_asked_to_wait_and_locks_nobody_out(portal: Portal) -> None:
    home = await portal.issue(issued("c1"))
    link = await portal.share(f"{home}/certificates/c1")
    places = ("/share/{}", "/verify/{}", "/family/{}", "/share/{}.pdf")
    statuses = [
        (await portal.web.get(places[turn % len(places)].format(uuid.uuid4().hex))).status_code
        for turn in range(MOST + 8)
    ]
    assert statuses == [404] * MOST + [429] * 8
    refused = await portal.web.get("/share/another")
    assert "Please try again in" in refused.text
    assert 0 < int(refused.headers["retry-after"]) <= 120
    assert refused.headers["cache-control"] == "no-store"
    for works in (home, f"{home}/certificates/c1", link, f"{link}.pdf", "/verify/code-c1"):
        assert (await portal.web.get(works)).status_code == 200
    portal.is_elsewhere()
    assert (await portal.web.get("/share/another")).status_code == 404


async def test_where_families_come_by_tls_they_come_by_nothing_else(
    nats_server: NatsServer, database: TestDatabase, tmp_path: Path
) -> None:
    async with portal_running(nats_server, database, tmp_path / "artefacts", "https://portal.test") as portal:
        for path in ("/verify/x", "/robots.txt", "/static/portal.css"):
            assert int((await portal.web.get(path)).headers[HSTS].removeprefix("max-age=")) >= 31_536_000


async def test_without_tls_nobody_is_told_to_use_it(portal: Portal) -> None:
    assert HSTS not in (await portal.web.get("/verify/x")).headers


async def test_no_secret_is_said_when_pages_fail_or_requests_are_malformed(
    portal: Portal, database: TestDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    home = await portal.issue(issued("c1"))
    link = await portal.share(f"{home}/certificates/c1")
    secret = link.rpartition("/")[2]
    connection = await asyncpg.connect(database.url("portal"))
    await connection.execute("ALTER TABLE portal.access_token RENAME TO out_of_reach")
    await connection.close()
    with structlog.testing.capture_logs() as lines:
        async with served(portal.app) as url:
            for asked in (f"GET {link} HTTP/1.1\r\nHost: x\r\n", f"GET {link} HTTP/9\r\n", f"GET {link} \x00\r\n"):
                reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
                writer.write(f"{asked}Connection: close\r\n\r\n".encode())
                assert await reader.readline()
                writer.close()
    said = str(lines) + caplog.text
    assert "page_failed" in said
    assert "Invalid HTTP request" in said
    assert secret not in said
