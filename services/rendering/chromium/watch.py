"""Looks after one browser for as long as it lives: what takes too much or answers no more is killed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playwright.async_api import CDPSession, Error

from services.kit.telemetry import get_logger
from services.rendering.chromium.processes import Processes

MB = 1_000_000
LOOK_EVERY_S = 0.5
MISSES = 2
"""The first may be a busy machine."""


@dataclass(frozen=True, slots=True)
class Bounds:
    memory_mb: int = 1000
    """What the browser may keep: above it pages are not used again, and without pages it is launched anew."""
    process_mb: int = 1500
    """What one process may take at any moment: above it the process is killed, and its page's print with it."""
    silence_s: float = 5.0
    """How often it is asked whether it is there, and how long it may think about it."""


class Watch:
    def __init__(self, devtools: CDPSession, processes: Processes, bounds: Bounds) -> None:
        self._devtools = devtools
        self._processes = processes
        self._bounds = bounds
        self.over_memory = False
        """As it was when last looked, half a second ago at most."""

    async def run(self) -> None:
        """Until it is cancelled or the browser is dead."""
        looking = asyncio.create_task(self._look_at_memory())
        try:
            await self._ask_until_silent()
        finally:
            looking.cancel()

    async def _look_at_memory(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for pid in self._processes.kill_above(self._bounds.process_mb * MB):
                get_logger().warning("chromium_process_killed", pid=pid, bound_mb=self._bounds.process_mb)
            self.over_memory = self._processes.memory_bytes() > self._bounds.memory_mb * MB

    async def _ask_until_silent(self) -> None:
        misses = 0
        while misses < MISSES:
            await asyncio.sleep(self._bounds.silence_s)
            misses = 0 if await self._answers() else misses + 1
        get_logger().warning("chromium_killed", why="it did not answer")
        self._processes.kill()

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(self._bounds.silence_s):
                await self._devtools.send("Browser.getVersion")
        except (Error, TimeoutError):
            return False
        return True
