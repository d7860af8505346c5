"""Requests that made a page fail once, found by test_hostile_requests.py: each is answered in words now."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import structlog

from contracts.portal import MailsChosen
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.running import served
from tests.service.html_forms import form
from tests.service.neighbours_families import issued
from tests.service.portal_running import Portal, portal_running
from tests.service.staff_web import staff_web

ENDLESS = "9" * 5000
"""Digits that Python refuses to read as a number."""


async def test_the_portal_answers_unlikely_requests_in_words(
    nats_server: NatsServer, database: TestDatabase, tmp_path: Path
) -> None:
    async with portal_running(nats_server, database, tmp_path / "artefacts") as portal:
        here = f"{await portal.issue(issued('c1'))}/certificates/c1"
        foreign = await portal.web.post(f"{here}/share", headers={"origin": "http://["})
        assert foreign.status_code == 403
        assert (await portal.web.get(f"{here}/{ENDLESS}.pdf")).status_code == 404
        assert (await portal.web.get(quote(f"{here}\n"))).status_code == 404
        chosen = await portal.web.post("/family/preferences", data={"guardian": ["g1\n", "g2"]})
        assert chosen.status_code == 303
        [said] = await portal.neighbours.hears(MailsChosen)
        assert said.guardian_id == "g2"
        await _leaves_in_the_middle(portal)


async def _leaves_in_the_middle(portal: Portal) -> None:
    """Of a form: that is no failure of the page's."""
    with structlog.testing.capture_logs() as lines:
        async with served(portal.app) as url:
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
            writer.write(b"POST /link HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\nschool=")
            await writer.drain()
            writer.close()
    assert [line for line in lines if line["event"] == "page_failed"] == []


@pytest.mark.parametrize("charset", ["undefined", "unicode_escape", "punycode"])
async def test_the_staff_web_reads_forms_in_no_writing_but_its_own(
    nats_server: NatsServer, database: TestDatabase, charset: str
) -> None:
    async with staff_web(database, nats_server) as web:
        page = form(await web.browser.open("/students"), "search")
        token = page.fields["form_token"][0]
        parts = {"form_token": token, "search": r"\ud800 \x"}
        body = "".join(
            f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{parts[name]}\r\n' for name in parts
        )
        headers = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
        answer = await web.browser.client.post("/students", content=f"{body}--x--\r\n", headers=headers)
        assert (answer.status_code, "That could not be read" in answer.text) == (400, True)
        web.browser.client.cookies.clear()
        answer = await web.browser.client.post("/sign-in", content=f"{body}--x--\r\n", headers=headers)
        assert (answer.status_code, "out of date" in answer.text) == (403, True)


async def test_the_staff_web_answers_unlikely_requests_in_words(
    nats_server: NatsServer, database: TestDatabase
) -> None:
    async with staff_web(database, nats_server) as web:
        for address, status in (
            (f"/certificates/c1/{ENDLESS}.pdf", 404),
            (f"/attention/messages/{ENDLESS}", 404),
            ("/attention/messages/0", 404),
            (f"/audit?before={ENDLESS}", 404),
            (f"/layouts/plain?version={ENDLESS}", 200),
        ):
            assert (await web.browser.client.get(address)).status_code == status, address[:30]
        levels = form(await web.browser.open("/levels/starfish"), "auto_issue")
        moved = await web.browser.press(levels, "/levels/starfish", do=f"up.{ENDLESS}")
        assert moved.status_code < 500
        unsent = {**levels.fields, "certificate": ["c1\n@x"], "certificate_id": ["c1"], "guardian_id": ["\x00"]}
        for address in ("/attention/certificates", "/attention/mails"):
            assert (await web.browser.client.post(address, data=unsent)).status_code == 400
        web.browser.client.cookies.clear()
        assert (await web.browser.sign_in("rangi\x00", "x")).status_code == 401
