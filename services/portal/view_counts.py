"""How often share links were opened: a number for each, and nothing of who opened it.

A view costs no write of its own: they are added up and written together. Whoever kills the process loses a second's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

from services.kit.telemetry import get_logger
from services.portal.shares import Shares

WRITTEN_EVERY_S = 1.0


class ViewCounts:
    name = "view-counts"

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._views: Counter[bytes] = Counter()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def count(self, token_sha256: bytes) -> None:
        """One more."""
        self._views[token_sha256] += 1

    async def write(self) -> None:
        """What was counted is in the database afterwards."""
        async with self._writing:
            views, self._views = self._views, Counter()
            if not views:
                return
            try:
                await self._shares.count_views(views)
            except BaseException:
                self._views.update(views)
                raise

    async def start(self) -> None:
        self._task = asyncio.create_task(self._write_again_and_again(), name="view-counts")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._write_or_wait()

    async def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _write_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(WRITTEN_EVERY_S)
            await self._write_or_wait()

    async def _write_or_wait(self) -> None:
        """Where Postgres is away the counts wait for it."""
        try:
            await self.write()
        except Exception as error:
            get_logger().warning("views_wait", error=type(error).__name__)
