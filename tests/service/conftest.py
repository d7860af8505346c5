"""What many tests of one service begin with: one browser for all of rendering's, a portal that runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.embedded.nats import NatsServer
from services.rendering.chromium import Chromium, find_chromium
from services.rendering.printing.printer import Printer
from tests.conftest import TestDatabase
from tests.service.portal_running import Portal, portal_running


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    browser = Chromium(find_chromium())
    await browser.start()
    yield browser
    await browser.stop()


@pytest.fixture(scope="session")
async def printer(chromium: Chromium) -> Printer:
    return Printer(chromium)


@pytest.fixture
async def portal(nats_server: NatsServer, database: TestDatabase, tmp_path: Path) -> AsyncIterator[Portal]:
    async with portal_running(nats_server, database, tmp_path / "artefacts") as portal:
        yield portal
