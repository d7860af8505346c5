"""Prints a layout with its fields: a warm page for each version, filled anew for each certificate."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from playwright.async_api import Error

from services.kit.delivery import Transient
from services.rendering import pdf
from services.rendering.chromium import Chromium
from services.rendering.library import FrozenLayout
from services.rendering.pages import Pages, WarmPage, millimetres
from services.rendering.qr import qr_code
from services.rendering.refusals import does_not_fit, missing_field, missing_glyph, wrong_page_count

FILL = files(__package__).joinpath("fill.js").read_text()
PX_PER_MM = 96 / 25.4
PRINT = {"preferCSSPageSize": True, "printBackground": True, "generateTaggedPDF": True}


class PrintInterrupted(Transient):
    """Chromium crashed or took too long: nothing is known against the certificate."""


class Printer:
    def __init__(self, chromium: Chromium, *, timeout_s: float = 20.0, keep: int = 4) -> None:
        """`timeout_s` bounds one print; `keep` is how many warm pages wait for their layout's next certificate."""
        self._pages = Pages(chromium, keep)
        self._timeout_s = timeout_s

    async def print(self, frozen: FrozenLayout, fields: Mapping[str, str]) -> bytes:
        """The PDF: the same bytes for the same layout version and fields, always.

        CannotPrint with a reason for a person; PrintInterrupted (or BrowserGone) when trying again will do.
        """
        async with self._interruptible(), self._pages.of(frozen) as page:
            await self._fill(page, frozen, fields)
            printed = await page.devtools.send("Page.printToPDF", PRINT)
        return _checked(base64.b64decode(printed["data"]), frozen.layout.name)

    @asynccontextmanager
    async def _interruptible(self) -> AsyncIterator[None]:
        try:
            # Chromium has no limit of its own: an endless layout would hold it for ever.
            async with asyncio.timeout(self._timeout_s):
                yield
        except TimeoutError as error:
            raise PrintInterrupted(f"not printed within {self._timeout_s:g} s") from error
        except Error as error:
            raise PrintInterrupted(f"Chromium stopped: {error.message.splitlines()[0]}") from error

    async def _fill(self, page: WarmPage, frozen: FrozenLayout, fields: Mapping[str, str]) -> None:
        report = await page.tab.evaluate(FILL, _filling(frozen, fields))
        for field in report["missing"]:
            raise missing_field(frozen.layout.name, field)
        for field in report["overflowing"]:
            raise does_not_fit(frozen.layout.name, field, len(fields[field]))


def _filling(frozen: FrozenLayout, fields: Mapping[str, str]) -> dict[str, Any]:
    values = {name: value.strip() for name, value in fields.items()}
    url = values.get("verify_url")
    width, height = millimetres(frozen.layout.page)
    return {
        "declared": [field.name for field in frozen.layout.fields],
        "fields": values,
        "qr": qr_code(url) if url else "",
        # What a viewer shows in its window: never the child's name.
        "title": values.get("title") or values.get("level_name") or frozen.layout.name,
        "width": width * PX_PER_MM,
        "height": height * PX_PER_MM,
    }


def _checked(printed: bytes, layout: str) -> bytes:
    found = pdf.look_at(printed)
    if found.pages != 1:
        raise wrong_page_count(layout, found.pages)
    if found.lacks_a_glyph:
        raise missing_glyph(layout)
    return pdf.undated(printed)
