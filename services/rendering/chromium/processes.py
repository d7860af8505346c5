"""The processes of one browser, as the machine sees them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.async_api import CDPSession


class Processes:
    """A browser, its children and theirs, and the driver that Playwright speaks to it through."""

    def __init__(self, browser: psutil.Process) -> None:
        self._browser = browser
        self._driver = _child_of_ours(browser)

    @classmethod
    async def of(cls, devtools: CDPSession) -> Processes:
        """Those of the browser at the other end. NoSuchProcess when it died meanwhile."""
        report = await devtools.send("SystemInfo.getProcessInfo")
        pid = next(process["id"] for process in report["processInfo"] if process["type"] == "browser")
        return cls(psutil.Process(pid))

    @property
    def browser_pid(self) -> int:
        return self._browser.pid

    @property
    def driver_pid(self) -> int:
        return self._driver.pid

    def pids(self) -> list[int]:
        """Of the browser and all its children."""
        return [process.pid for process in self._living()]

    def renderer_pids(self) -> list[int]:
        """A process for each page, as a rule."""
        return [process.pid for process in self._living() if "--type=renderer" in _command(process)]

    def are_apart(self) -> bool:
        """In a network of their own."""
        try:
            return Path(f"/proc/{self._browser.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        except OSError:
            return False

    def driver_lives(self) -> bool:
        try:
            return self._driver.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def memory_bytes(self) -> int:
        """What the browser takes from the machine: resident, without what its processes share."""
        return sum(_own_bytes(process) for process in self._living())

    def kill_above(self, bound_bytes: int) -> list[int]:
        """Kill each process that is resident with more; their pids."""
        return [process.pid for process in self._living() if _resident_bytes(process) > bound_bytes and _kill(process)]

    def kill(self) -> None:
        """All of them but the driver."""
        for process in list(self._living()):
            _kill(process)

    def _living(self) -> Iterator[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            yield from (*self._browser.children(recursive=True), self._browser)


def _child_of_ours(browser: psutil.Process) -> psutil.Process:
    """Between us and the browser stand its launcher and the driver."""
    for process in browser.parents():
        if process.ppid() == os.getpid():
            return process
    raise psutil.NoSuchProcess(browser.pid)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


def _resident_bytes(process: psutil.Process) -> int:
    try:
        resident: int = process.memory_info().rss
        return resident
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _own_bytes(process: psutil.Process) -> int:
    try:
        memory = process.memory_info()
        # Only Linux tells what is shared.
        return int(memory.rss - getattr(memory, "shared", 0))
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _kill(process: psutil.Process) -> bool:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return True
