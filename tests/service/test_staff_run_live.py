"""A run's page is told what changes, as it happens."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from contracts.catalogue import RUN_STATES
from contracts.run_queries import RunRow, RunStates
from deploy.embedded.nats import NatsServer
from deploy.embedded.process import free_port
from services.kit.service import Server
from services.staff import event_stream
from services.staff.pages import run_events
from tests.conftest import TestDatabase
from tests.school import SchoolSystem
from tests.service.run_world import RunWorld, run_world
from tests.service.staff_web import Browser, staff_web
from tests.waiting import eventually

Told = tuple[str, Any, str]
"""Name, data, id."""


class Stream:
    """What a browser hears of `GET /runs/<id>/events`."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.beats = 0
        self.ended = False

    async def hear(self, answer: httpx.Response) -> None:
        event: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            self.beats += line == ": still here"
            if not line and "data" in event:
                self.told.append((event["event"], json.loads(event["data"]), event.get("id", "")))
            event = {**event, name: value} if line else {}
        self.ended = True

    def rows(self) -> dict[str, str]:
        """The stage of each row, by what was told last."""
        stages: dict[str, str] = {}
        for name, data, _ in self.told:
            if name == "rows":
                stages.update({key: stage for key, (stage, _, _) in data.items()})
        return stages

    async def until(self, look: Callable[[Stream], bool], within: float = 15.0) -> None:
        async def looked() -> bool:
            return look(self)

        await eventually(looked, within=within, what=str(self.told))


class Served:
    def __init__(self, url: str, server: Server, serving: asyncio.Task[None]) -> None:
        self.url = url
        self.server = server
        self.serving = serving

    def client(self, browser: Browser) -> httpx.AsyncClient:
        """With the session of somebody who signed in elsewhere."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.client.cookies.jar)
        return httpx.AsyncClient(headers={"Cookie": cookies}, base_url=self.url, timeout=30)

    @asynccontextmanager
    async def following(self, browser: Browser, run_id: str, **headers: str) -> AsyncIterator[Stream]:
        stream = Stream()
        async with (
            self.client(browser) as client,
            client.stream("GET", f"/runs/{run_id}/events", headers=headers) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            hearing = asyncio.create_task(stream.hear(answer))
            try:
                yield stream
            finally:
                hearing.cancel()


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[Served]:
    """As a service is served; its parts run already."""
    port = free_port()
    config = uvicorn.Config(app, port=port, lifespan="off", log_config=None, access_log=False)
    server = Server(config, app.state.stopping)
    serving = asyncio.create_task(server._serve())  # its signal handlers are the test runner's

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield Served(f"http://127.0.0.1:{port}", server, serving)
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def at_work(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[RunWorld]:
    async with run_world(nats_server, database, school) as at_work:
        yield at_work


async def test_each_row_is_told_of_as_it_goes_and_only_what_changed(at_work: RunWorld) -> None:
    ana, kai = await at_work.students("ana", "kai")
    world = at_work.world
    world.rendering.printing.clear()
    async with at_work.signed_in("rangi") as rangi, served(at_work.app) as web:
        await world.run("r1", [{"progression_id": ana}, {"progression_id": kai}])

        async def there() -> list[str]:
            return await at_work.certificates("r1") if await world.settled_run("r1") else []

        certificates = await eventually(there)
        async with web.following(rangi, "r1") as stream, web.following(rangi, "r1") as other:
            await stream.until(lambda s: set(s.rows().values()) <= {"queued", "printing"} and len(s.rows()) == 2)
            world.rendering.printing.set()
            await stream.until(lambda s: set(s.rows().values()) == {"printed"})
            at_work.online(certificates[0])
            await stream.until(lambda s: s.rows()[certificates[0]] == "online")
            name, data, _ = next(told for told in reversed(stream.told) if told[0] == "rows")
            assert (name, list(data)) == ("rows", [certificates[0]])
            heard = stream.told[-1][2]
            at_work.online(*certificates)
            at_work.mailed("accepted", *certificates)
            await stream.until(lambda s: s.ended)
            await other.until(lambda s: s.ended)
        assert set(stream.rows().values()) == {"mailed"}
        assert stream.told[-1][0] == "end"
        _, progress, _ = [told for told in stream.told if told[0] == "progress"][-1]
        assert (progress["headline"], progress["done"]) == ("2 of 2 certificates done", 2)
        assert heard


async def test_who_comes_back_is_told_the_rest_and_an_idle_stream_has_a_pulse(
    at_work: RunWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "MOST_OF_ONE_PERSON", 2)
    monkeypatch.setattr(run_events, "HEARTBEAT_S", 0.1)
    [ana] = await at_work.students("ana")
    at_work.world.rendering.printing.clear()
    async with at_work.signed_in("rangi") as rangi, served(at_work.app) as web:
        await at_work.world.run("r1", [{"progression_id": ana}])
        await eventually(lambda: at_work.world.settled_run("r1"))
        async with web.following(rangi, "r1") as stream:
            await stream.until(lambda s: len(s.told) >= 2 and s.beats > 1)
            last_heard = stream.told[-1][2]
            async with web.following(rangi, "r1", **{"Last-Event-ID": last_heard}) as back:
                # A third at once is one too many: that page looks again by itself.
                async with web.client(rangi) as client:
                    assert (await client.get("/runs/r1/events")).status_code == 429
                at_work.world.rendering.printing.set()
                await back.until(lambda s: "printed" in s.rows().values())
                assert all(stage != "queued" for stage in back.rows().values())
        async with web.following(rangi, "r1"):
            """Those that were left are free again."""


async def test_an_open_stream_does_not_hold_up_a_stop(at_work: RunWorld) -> None:
    [ana] = await at_work.students("ana")
    at_work.world.rendering.printing.clear()
    async with at_work.signed_in("rangi") as rangi, served(at_work.app) as web:
        await at_work.world.run("r1", [{"progression_id": ana}])
        await eventually(lambda: at_work.world.settled_run("r1"))
        async with web.following(rangi, "r1") as stream:
            await stream.until(lambda s: len(s.told) >= 1)
            web.server.handle_exit(signal.SIGTERM, None)
            await asyncio.wait_for(asyncio.shield(web.serving), 5)
            await stream.until(lambda s: s.ended)
    at_work.world.rendering.printing.set()


async def test_of_two_thousand_rows_only_those_are_told_that_changed(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    rows = [
        RunRow(certificate_id=f"c{n}", version=1, state="issuing", printing=False, printed=False) for n in range(2000)
    ]
    states = RunStates(requested_at=datetime.now(UTC), email="none", rows=tuple(rows), cancelled=False, undone=False)
    async with staff_web(database, nats_server) as web, served(web.app) as place:
        web.neighbours.know(RUN_STATES, states)
        async with place.following(web.browser, "r1") as stream, place.following(web.browser, "r1") as other:
            await stream.until(lambda s: len(s.rows()) == 2000)
            asked = len(web.neighbours.asked)
            rows[7] = rows[7].model_copy(update={"state": "failed"})
            web.neighbours.know(RUN_STATES, states.model_copy(update={"rows": tuple(rows)}))
            for each in (stream, other):
                await each.until(lambda s: s.rows()["c7"] == "failed")
                assert [len(data) for name, data, _ in each.told if name == "rows"] == [2000, 1]
            # Both look through one poller.
            assert len(web.neighbours.asked) - asked <= 3


async def test_a_stream_of_a_run_that_is_not_there_is_not_found(at_work: RunWorld) -> None:
    async with at_work.signed_in("rangi") as rangi:
        assert "There is nothing here" in await rangi.open("/runs/none/events", status=404)
        rangi.client.cookies.clear()
        assert (await rangi.client.get("/runs/none/events")).status_code == 303
