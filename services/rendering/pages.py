"""Warm pages: each has one layout version loaded, and is used for one certificate at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import CDPSession, Error, Page

from contracts import rendering
from services.rendering.chromium import Chromium
from services.rendering.library import FrozenLayout, LayoutKey
from services.rendering.refusals import CannotPrint

CLOSE_TIMEOUT_S = 2.0
PORTRAIT_MM = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "Letter": (215.9, 279.4)}

CONTENT_POLICY = (
    "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)


def millimetres(page: rendering.Page) -> tuple[float, float]:
    """Width and height."""
    short, long = PORTRAIT_MM[page.size]
    return (long, short) if page.orientation == "landscape" else (short, long)


@dataclass(frozen=True, slots=True)
class WarmPage:
    key: LayoutKey
    tab: Page
    devtools: CDPSession


class Pages:
    def __init__(self, chromium: Chromium, keep: int) -> None:
        self._chromium = chromium
        self._keep = keep
        self._idle: list[WarmPage] = []

    @asynccontextmanager
    async def of(self, frozen: FrozenLayout) -> AsyncIterator[WarmPage]:
        """A page with this layout, nobody else's meanwhile. It is kept for the next, unless something broke."""
        page = self._take(frozen.key) or await self._open(frozen)
        try:
            yield page
        except CannotPrint:
            await self._give_back(page)
            raise
        except BaseException:
            await _close(page.tab)
            raise
        await self._give_back(page)

    def _take(self, key: LayoutKey) -> WarmPage | None:
        self._idle = [page for page in self._idle if not page.tab.is_closed()]
        for page in self._idle:
            if page.key == key:
                self._idle.remove(page)
                return page
        return None

    async def _open(self, frozen: FrozenLayout) -> WarmPage:
        tab = await self._chromium.new_page()
        try:
            # Texts are measured on the screen and printed on paper: both must follow the same rules.
            await tab.emulate_media(media="print")
            await tab.set_content(guarded(frozen))
            return WarmPage(frozen.key, tab, await tab.context.new_cdp_session(tab))
        except BaseException:
            await _close(tab)
            raise

    async def _give_back(self, page: WarmPage) -> None:
        self._idle.append(page)
        while len(self._idle) > self._keep:
            await _close(self._idle.pop(0).tab)


def guarded(frozen: FrozenLayout) -> str:
    """The layout behind its content policy, as wide as its paper.

    The head that begins here goes on in the layout: a parser takes the second `<html>`'s attributes over and passes
    its doctype by, so nothing in a layout can come before the policy.
    """
    width, height = millimetres(frozen.layout.page)
    return (
        f'<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">'
        f"<style>html{{width:{width}mm;height:{height}mm}}</style>{frozen.html}"
    )


async def _close(tab: Page) -> None:
    """A page that hangs cannot be waited for; one that crashed is gone."""
    with contextlib.suppress(Error, TimeoutError):
        await asyncio.wait_for(tab.close(), CLOSE_TIMEOUT_S)
