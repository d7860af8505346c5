"""Warm pages: each has one layout version loaded in as many slots as certificates were printed together so far."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import Any

from PIL import Image
from playwright.async_api import CDPSession, Error, Page

from contracts import rendering
from services.kit.telemetry import get_logger
from services.rendering.chromium import Chromium
from services.rendering.library import FrozenLayout
from services.rendering.pdf import MARKER_WIDTH, Art, StrangePdf, art_of, qr
from services.rendering.printing.bare import BareLayout

SLOTS = files(__package__).joinpath("slots.js").read_text()
FILL = files(__package__).joinpath("fill.js").read_text()
ART = files(__package__).joinpath("art.js").read_text()
DARK = files(__package__).joinpath("dark.js").read_text()
PRINT = {"preferCSSPageSize": True, "printBackground": True, "generateTaggedPDF": True}
CODE = qr.marker()
CLOSE_TIMEOUT_S = 2.0
MOST_ARTS = 8
"""Drawings of one layout that are taken out; what more there is, is drawn with each certificate."""
PORTRAIT_MM = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "Letter": (215.9, 279.4)}

PX_PER_MM = 96 / 25.4
# A small window is drawn in less time, and who measures by the window's size wants it to be the paper's.
VIEWPORT_UNITS = re.compile(r"\d[sld]?v(?:w|h|min|max|i|b)\b")

CONTENT_POLICY = (
    "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
# The layouts are put into this document's slots; nothing of theirs can come before the policy.
SHEETS = """<!DOCTYPE html>
<html><head><meta http-equiv="Content-Security-Policy" content="{policy}">
<style>
@page {{ size: {width}mm {height}mm; margin: 0 }}
body {{ margin: 0 }}
article {{ display: block; contain: strict; overflow: hidden; break-after: page }}
</style></head><body></body></html>"""


def millimetres(page: rendering.Page) -> tuple[float, float]:
    """Width and height."""
    short, long = PORTRAIT_MM[page.size]
    return (long, short) if page.orientation == "landscape" else (short, long)


class WarmPage:
    """One page of the browser, for one layout version and one print at a time."""

    def __init__(self, frozen: FrozenLayout, tab: Page, devtools: CDPSession) -> None:
        self.frozen = frozen
        self.arts: list[Art] = []
        self.tab = tab
        self._devtools = devtools
        self._slots = 0

    async def fill(self, fillings: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
        """Put each filling into a slot of its own; what `fill.js` reports of each."""
        await self._have_slots(len(fillings))
        declared = [field.name for field in self.frozen.layout.fields]
        reports: list[dict[str, Any]] = await self.tab.evaluate(FILL, {"declared": declared, "fillings": fillings})
        return reports

    async def print(self) -> bytes:
        """The PDF of all slots whose filling can be printed."""
        printed = await self._devtools.send("Page.printToPDF", PRINT)
        return base64.b64decode(printed["data"])

    async def close(self) -> None:
        """A page that hangs cannot be waited for; one that crashed is gone."""
        with contextlib.suppress(Error, TimeoutError):
            await asyncio.wait_for(self.tab.close(), CLOSE_TIMEOUT_S)

    async def _have_slots(self, count: int) -> None:
        if count <= self._slots:
            return
        width, height = millimetres(self.frozen.layout.page)
        paper = {"width": width, "height": height}
        await self.tab.evaluate(SLOTS, {"html": self.frozen.html, "code": CODE, "count": count, **paper})
        self._slots = count

    async def darken_light_letters(self) -> None:
        """For paper without the ground that they would stand on."""
        await self._have_slots(1)
        await self.tab.evaluate(DARK)

    async def take_art_out(self) -> None:
        """Print the layout's drawn art, once for all certificates, and leave markers in its place."""
        await self._have_slots(1)
        kinds: list[str] = await self._art("find")
        try:
            self.arts = [await self._print_art(place, kind) for place, kind in enumerate(kinds)]
        except StrangePdf as why:
            # It is drawn with each certificate, as it would be anyway: the same, but slower.
            get_logger().warning("art_not_taken_out", layout_id=self.frozen.layout.layout_id, reason=str(why))
            await self._art("leave")
        else:
            await self._art("take")

    async def _print_art(self, place: int, kind: str) -> Art:
        await self._art("show", place=place)
        printed = await self._devtools.send("Page.printToPDF", PRINT | {"generateTaggedPDF": False})
        await self._art("back")
        return art_of(base64.b64decode(printed["data"]), place, is_image=kind == "img")

    async def _art(self, step: str, *, place: int = 0) -> Any:
        return await self.tab.evaluate(ART, {"step": step, "markers": _markers(), "place": place})


@cache
def _markers() -> list[str]:
    return [_marker(place) for place in range(MOST_ARTS)]


def _marker(place: int) -> str:
    """An image of one row, by whose width it is known."""
    drawn = io.BytesIO()
    Image.new("L", (MARKER_WIDTH + place, 1)).save(drawn, "PNG")
    return f"data:image/png;base64,{base64.b64encode(drawn.getvalue()).decode()}"


class Pages:
    def __init__(self, chromium: Chromium, keep: int) -> None:
        self._chromium = chromium
        self._keep = keep
        self._idle: list[WarmPage] = []

    @asynccontextmanager
    async def of(self, frozen: FrozenLayout) -> AsyncIterator[WarmPage]:
        """A page with this layout, nobody else's meanwhile. It is kept for the next, unless something broke."""
        page = self._take(frozen) or await self._open(frozen)
        try:
            yield page
        except BaseException:
            await page.close()
            raise
        await self._give_back(page)

    def _take(self, frozen: FrozenLayout) -> WarmPage | None:
        self._idle = [page for page in self._idle if self._chromium.holds(page.tab)]
        for page in self._idle:
            if page.frozen == frozen:
                self._idle.remove(page)
                return page
        return None

    async def _open(self, frozen: FrozenLayout) -> WarmPage:
        tab = await self._chromium.new_page()
        try:
            # Texts are measured on the screen and printed on paper: both must follow the same rules.
            await tab.emulate_media(media="print")
            width, height = millimetres(frozen.layout.page)
            if VIEWPORT_UNITS.search(frozen.html):
                await tab.set_viewport_size({"width": round(width * PX_PER_MM), "height": round(height * PX_PER_MM)})
            await tab.set_content(SHEETS.format(policy=CONTENT_POLICY, width=width, height=height))
            page = WarmPage(frozen, tab, await tab.context.new_cdp_session(tab))
            if frozen.art_once:
                await page.take_art_out()
            if isinstance(frozen, BareLayout):
                await page.darken_light_letters()
            return page
        except BaseException:
            with contextlib.suppress(Error, TimeoutError):
                await asyncio.wait_for(tab.close(), CLOSE_TIMEOUT_S)
            raise

    async def _give_back(self, page: WarmPage) -> None:
        self._idle.append(page)
        # A page grows old by what it holds, not by how often it was used.
        keep = 0 if self._chromium.over_memory else self._keep
        while len(self._idle) > keep:
            await self._idle.pop(0).close()
