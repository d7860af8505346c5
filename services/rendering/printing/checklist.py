"""A list to tick off by hand, on paper: what covers a pack of certificates."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.async_api import Error, Page

from contracts import rendering
from contracts.papers import AskChecklist
from services.rendering.chromium import Chromium
from services.rendering.printing.pages import CLOSE_TIMEOUT_S, CONTENT_POLICY, millimetres
from services.rendering.printing.printer import PrintInterrupted

PRINT = {"preferCSSPageSize": True, "printBackground": False, "generateTaggedPDF": False}
SMALL = "A5"
"""On this paper margins and type are smaller."""

# Every text is escaped: whatever a name contains, it is text.
TEMPLATE = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("checklist.html")


class ChecklistPrinter:
    """One at a time: a long one takes as much of the browser as many certificates."""

    def __init__(self, chromium: Chromium, *, timeout_s: float = 20.0) -> None:
        self._chromium = chromium
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()

    async def print(self, asked: AskChecklist) -> bytes:
        """The PDF, upright. PrintInterrupted (or BrowserGone) when trying again will do."""
        html = _html(asked)
        async with self._turn:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._printed(html)
            except TimeoutError as error:
                raise PrintInterrupted(f"not printed within {self._timeout_s:g} s") from error
            except Error as error:
                raise PrintInterrupted(f"Chromium stopped: {error.message.splitlines()[0]}") from error

    async def _printed(self, html: str) -> bytes:
        tab = await self._chromium.new_page()
        try:
            await tab.set_content(html)
            devtools = await tab.context.new_cdp_session(tab)
            printed = await devtools.send("Page.printToPDF", PRINT)
            return base64.b64decode(printed["data"])
        finally:
            await _close(tab)


def _html(asked: AskChecklist) -> str:
    width, height = millimetres(rendering.Page(size=asked.paper, orientation="portrait"))
    is_small = asked.paper == SMALL
    return TEMPLATE.render(
        asked=asked,
        policy=CONTENT_POLICY,
        width=width,
        height=height,
        margin=11 if is_small else 15,
        type=11 if is_small else 13,
    )


async def _close(tab: Page) -> None:
    with contextlib.suppress(Error, TimeoutError):
        await asyncio.wait_for(tab.close(), CLOSE_TIMEOUT_S)
