"""A browser, the staff web to look at with it, and a folder for what was seen."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from deploy.embedded.nats import NatsServer
from services.rendering.chromium import find_chromium
from tests.conftest import TestDatabase
from tests.service.staff_web import StaffWeb, staff_web

PICTURES = Path(__file__).parents[2] / ".pictures"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is looked at in a browser takes long."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.heavy)


@pytest.fixture
def pictures() -> Path:
    """`.pictures/` in the repository: what the pages looked like in the last run. Not committed."""
    PICTURES.mkdir(exist_ok=True)
    return PICTURES


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    # Chromium's sandbox does not start as root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=15_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web
