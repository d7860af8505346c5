"""What staff pressed arrives, whatever becomes of the broker meanwhile."""

from __future__ import annotations

import shutil
import signal
from collections.abc import AsyncIterator

import asyncpg
import pytest

from contracts.permissions import PROVISIONER
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.provision import provision
from services.kit.telemetry import Metrics
from tests.conftest import TestDatabase
from tests.service.html_forms import form
from tests.service.neighbours import Neighbours, neighbours
from tests.service.staff_records import settle_in
from tests.service.staff_web import StaffWeb, staff_web
from tests.waiting import eventually

AD_HOC = "/students/s1/ad-hoc"
ISSUE_AD_HOC = "certificates.cmd.issue_ad_hoc"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web


async def provisioned(server: NatsServer) -> None:
    bus = Bus(PROVISIONER, server.url(PROVISIONER), Metrics())
    await bus.start()
    await provision(bus.jetstream)
    await bus.stop()


async def errands(database: TestDatabase) -> int:
    connection = await asyncpg.connect(database.url("staff"))
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM staff.errand")
        return count
    finally:
        await connection.close()


async def arrives_once(known: Neighbours, database: TestDatabase) -> None:
    async def delivered() -> bool:
        return bool(known.told(ISSUE_AD_HOC)) and await errands(database) == 0

    await eventually(delivered, within=40)
    assert len({command.id for command in known.heard if command.stem.startswith(ISSUE_AD_HOC)}) == 1


@pytest.mark.heavy
async def test_a_press_while_the_broker_is_away_arrives_when_it_is_back(
    web: StaffWeb, nats_server: NatsServer, database: TestDatabase
) -> None:
    shown = form(await web.browser.open(AD_HOC), "layout_id")
    nats_server.stop(signal.SIGKILL)
    typed = {"layout_id": "plain", "teacher_id": "t1", "title": "Kindness"}
    answer = await web.browser.press(shown, AD_HOC, **typed)
    assert answer.status_code == 303, answer.text
    assert await errands(database) == 1
    nats_server.start()
    await arrives_once(web.neighbours, database)


@pytest.mark.heavy
async def test_a_press_that_the_broker_took_and_lost_with_its_disk_arrives_all_the_same(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    async with staff_web(database, nats_server, "rendering") as web:
        async with neighbours(nats_server, "progression") as before:
            settle_in(before)
            shown = form(await web.browser.open(AD_HOC), "layout_id")
        typed = {"layout_id": "plain", "teacher_id": "t1", "title": "Kindness"}
        await web.browser.press(shown, AD_HOC, **typed)
        nats_server.stop(signal.SIGKILL)
        shutil.rmtree(nats_server.store)
        nats_server.start()
        await provisioned(nats_server)
        async with neighbours(nats_server, "progression") as after:
            settle_in(after)
            await arrives_once(after, database)
