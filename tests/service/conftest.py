"""One browser for all tests of rendering."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.rendering.chromium import Chromium, find_chromium
from services.rendering.printing.printer import Printer


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    browser = Chromium(find_chromium())
    await browser.start()
    yield browser
    await browser.stop()


@pytest.fixture(scope="session")
async def printer(chromium: Chromium) -> Printer:
    return Printer(chromium)
