"""Rendering on a real broker with a real browser, its neighbour progression played by the test."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from nats.js.errors import NotFoundError
from playwright.async_api import Page

from contracts.topology import INTERNAL, RENDERING_ISSUE
from deploy.embedded.nats import NatsServer
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus, Consumers
from services.kit.telemetry import Metrics
from services.rendering.app import build_app
from services.rendering.chromium import Chromium, find_chromium
from services.rendering.handlers import IssueHandler
from services.rendering.layouts import LayoutRefused, publish_draft, publish_layout
from services.rendering.library import FrozenLayout, Library
from services.rendering.printing.printer import Printer
from services.rendering.settings import RenderingSettings
from tests.paper import text_of
from tests.running import running
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.rendering_world import DEMO_LAYOUTS, FIELDS, command, demo_draft, issue
from tests.waiting import eventually


@pytest.fixture
def artefacts_url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/artefacts"


@pytest.fixture
async def progression(nats_server: NatsServer) -> AsyncIterator[Bus]:
    """The neighbour: it commands, and reads what rendering answers."""
    bus = Bus("progression", nats_server.url("progression"), Metrics())
    await bus.start()
    yield bus
    await bus.stop()


@pytest.fixture
async def publisher(nats_server: NatsServer) -> AsyncIterator[Bus]:
    bus = Bus("rendering", nats_server.url("rendering"), Metrics())
    await bus.start()
    yield bus
    await bus.stop()


async def publish_demo(artefacts_url: str, publisher: Bus) -> None:
    for layout_id in ("harbour", "shoreline"):
        await publish_draft(Artefacts(artefacts_url), publisher, SCHOOL_ID, layout_id, demo_draft(layout_id))


@asynccontextmanager
async def rendering(server: NatsServer, artefacts_url: str) -> AsyncIterator[None]:
    settings = RenderingSettings(nats_url=server.url("rendering"), artefacts_url=artefacts_url, http_port=0)
    async with running(build_app(settings)) as web:

        async def is_ready() -> bool:
            return (await web.get("/readyz")).status_code == 200

        await eventually(is_ready)
        yield


async def said(bus: Bus, event: str, count: int = 1) -> list[dict[str, Any]]:
    """What rendering said of this kind, as soon as it has said so much."""
    subject = f"rendering.evt.{event}.v1.{SCHOOL_ID}"

    async def look() -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        after = 0
        while True:
            try:
                message = await bus.jetstream.get_msg(INTERNAL.name, seq=after + 1, next=True, subject=subject)
            except NotFoundError:
                return heard if len(heard) >= count else []
            heard.append(json.loads(message.data or b""))
            after = message.seq or 0

    return await eventually(look, what=event)


async def nothing_waits(progression: Bus) -> None:
    async def empty() -> bool:
        info = await progression.jetstream.consumer_info(RENDERING_ISSUE.stream, RENDERING_ISSUE.name)
        return not info.num_pending and not info.num_ack_pending

    await eventually(empty)


async def test_an_issue_command_becomes_a_pdf_with_its_fields(
    nats_server: NatsServer, artefacts_url: str, publisher: Bus, progression: Bus, school: SchoolSystem
) -> None:
    await publish_demo(artefacts_url, publisher)
    async with rendering(nats_server, artefacts_url):
        await command(progression, issue("c1"), "command-1")
        (rendered,) = await said(progression, "rendered")
        pdf = await school.ask_bytes("rendering.query.pdf", {"certificate_id": "c1", "version": 1})
        missing = await school.ask("rendering.query.pdf", {"certificate_id": "c1", "version": 2})
        layouts = await school.ask("rendering.query.layouts")
    assert rendered["pdf"] == {
        "key": f"certificates/{SCHOOL_ID}/c1/1.pdf",
        "sha256": hashlib.sha256(pdf).hexdigest(),
        "bytes": len(pdf),
    }
    assert FIELDS["recipient_name"] in text_of(pdf)
    assert missing["error"]["code"] == "not_found"
    assert [(layout["layout_id"], layout["layout_version"]) for layout in layouts["layouts"]] == [
        ("harbour", 1),
        ("shoreline", 1),
    ]


async def test_what_cannot_be_printed_is_answered_and_stops_nobody(
    nats_server: NatsServer, artefacts_url: str, publisher: Bus, progression: Bus
) -> None:
    await publish_demo(artefacts_url, publisher)
    async with rendering(nats_server, artefacts_url):
        await command(progression, b"no JSON", "unreadable")
        await command(progression, issue("unknown", version=7), "unknown")
        await command(progression, issue("long", recipient_name="Wilhelmina " * 50), "long")
        await command(progression, issue("good", layout_id="shoreline"), "good")
        failed = await said(progression, "failed", 2)
        (rendered,) = await said(progression, "rendered")
        dead = await progression.jetstream.get_last_msg(
            "DEAD_LETTERS", f"dead.rendering.certificates.cmd.issue.v1.{SCHOOL_ID}"
        )
        await nothing_waits(progression)
    assert {event["certificate_id"]: event["reason"]["code"] for event in failed} == {
        "unknown": "unknown_layout",
        "long": "does_not_fit",
    }
    assert rendered["certificate_id"] == "good"
    assert dead.data == b"no JSON"


async def test_a_repeated_command_gives_the_same_bytes_and_one_answer(
    nats_server: NatsServer, artefacts_url: str, publisher: Bus, progression: Bus
) -> None:
    await publish_demo(artefacts_url, publisher)
    stored = Artefacts(artefacts_url)
    async with rendering(nats_server, artefacts_url):
        await command(progression, issue("c1"), "command-1")
        await said(progression, "rendered")
        first = await stored.get(f"certificates/{SCHOOL_ID}/c1/1.pdf")
        await command(progression, issue("c1"), "command-1", attempt=2)
        await nothing_waits(progression)
    assert await stored.get(f"certificates/{SCHOOL_ID}/c1/1.pdf") == first
    assert len(await said(progression, "rendered")) == 1


async def test_a_killed_browser_costs_a_retry(
    nats_server: NatsServer, artefacts_url: str, publisher: Bus, progression: Bus
) -> None:
    await publish_demo(artefacts_url, publisher)
    artefacts, chromium = Artefacts(artefacts_url), Chromium(find_chromium())
    handler = IssueHandler(Library(artefacts), Printer(chromium), artefacts, publisher)
    publisher.consume(RENDERING_ISSUE, handler.handle)
    await chromium.start()
    browser = await pid_of_browser(await chromium.new_page())
    consumers = Consumers(publisher)
    await consumers.start()
    await command(progression, issue("c1"), "command-1")
    await said(progression, "rendered")
    os.kill(browser, signal.SIGKILL)
    await command(progression, issue("c2"), "command-2")
    assert [event["certificate_id"] for event in await said(progression, "rendered", 2)] == ["c1", "c2"]
    assert await chromium.ready()
    await consumers.stop()
    await chromium.stop()


async def pid_of_browser(page: Page) -> int:
    assert page.context.browser is not None
    devtools = await page.context.browser.new_browser_cdp_session()
    processes = (await devtools.send("SystemInfo.getProcessInfo"))["processInfo"]
    pid: int = next(process["id"] for process in processes if process["type"] == "browser")
    return pid


async def test_a_layout_is_published_once_and_never_changes(
    tmp_path: Path, artefacts_url: str, publisher: Bus, progression: Bus, printer: Printer
) -> None:
    artefacts, folder = Artefacts(artefacts_url), tmp_path / "mine"
    folder.mkdir()
    for file in (DEMO_LAYOUTS / "shoreline").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())

    def publish() -> Awaitable[FrozenLayout]:
        return publish_layout(artefacts, publisher, SCHOOL_ID, "mine", folder, printer)

    at_once = await asyncio.gather(*(publish() for _ in range(3)))
    changed = (folder / "layout.html").read_text().replace("proudly", "gladly")
    (folder / "layout.html").write_text(changed)
    second = await publish()
    assert [frozen.layout.layout_version for frozen in at_once] == [1, 1, 1]
    assert second.layout.layout_version == 2
    announced = await said(progression, "layout_published", 2)
    assert [event["layout_version"] for event in announced] == [1, 2]


async def test_a_layout_that_fetches_is_refused_and_nothing_is_published(
    tmp_path: Path, artefacts_url: str, publisher: Bus, printer: Printer
) -> None:
    for file in (DEMO_LAYOUTS / "shoreline").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    html = (
        (tmp_path / "layout.html").read_text().replace("</main>", '<img alt="" src="https://x.example/a.png"></main>')
    )
    (tmp_path / "layout.html").write_text(html)
    with pytest.raises(LayoutRefused, match=r"layout\.html:\d+: https://x\.example/a\.png would be fetched"):
        await publish_layout(Artefacts(artefacts_url), publisher, SCHOOL_ID, "mine", tmp_path, printer)
    assert await Artefacts(artefacts_url).keys("layouts/") == []


async def test_layouts_are_announced_at_every_start_and_are_one_message(
    nats_server: NatsServer, artefacts_url: str, progression: Bus
) -> None:
    await Library(Artefacts(artefacts_url)).freeze(SCHOOL_ID, "harbour", demo_draft("harbour"))
    for _ in range(2):
        async with rendering(nats_server, artefacts_url):
            await said(progression, "layout_published")
    (announced,) = await said(progression, "layout_published")
    assert announced["layout_id"] == "harbour"
    assert {field["name"]: field.get("max_length") for field in announced["fields"]}["notes"] == 160
