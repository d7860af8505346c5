"""Where a drill takes place: a whole stack in a home of its own, each child of which can be broken."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psutil

from deploy.addresses import Addresses
from deploy.endpoints import publish_endpoints, withdraw_endpoints
from deploy.home import Home
from deploy.seed import make_staff_accounts, publish_demo_layouts
from deploy.stack import Stack, Told, nothing_else
from deploy.supervision import Child, PythonChild

BROWSERS = ("headless_shell", "chrome-headless-shell", "chromium", "chrome")
DRIVERS = ("node",)
BELOW_PATIENCE_S, BELOW_POLL_S = 5.0, 0.02

IMPATIENT = {"LAUREL_SMTP_TIMEOUT_S": "5"}
"""A mail whose sender was killed before it had an answer is `unknown` after three such times: not after 3 minutes."""


@dataclass
class Stand:
    """A running stack, and the hands to break it with."""

    home: Home
    addresses: Addresses
    stack: Stack
    chance: Random
    said: list[str] = field(default_factory=list)
    """What the stack and the faults did, for whoever reads a drill that failed."""
    _watching: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def nats_store(self) -> Path:
        return self.home.folder / "nats" / "jetstream"

    def child(self, name: str) -> Child:
        return self.stack.children[name]

    def service(self, name: str) -> PythonChild:
        child = self.stack.children[name]
        assert isinstance(child, PythonChild)
        return child

    def watch(self, name: str) -> None:
        """The stack starts it again when it dies."""
        self._watching[name] = asyncio.create_task(self.stack.watch(self.child(name)), name=f"watch-{name}")

    def leave(self, name: str) -> None:
        """The stack does not look after it for a while."""
        self._watching.pop(name).cancel()

    def kill(self, name: str) -> None:
        process = self.child(name).process
        if process is not None and process.poll() is None:
            self.say(f"kill -9 {name}")
            process.kill()

    async def down(self, name: str, *, meanwhile: Callable[[], Awaitable[None]]) -> None:
        """Killed, and started again when `meanwhile` is over."""
        self.leave(name)
        self.kill(name)
        child = self.child(name)
        assert child.process is not None
        await asyncio.to_thread(child.process.wait)
        await meanwhile()
        await asyncio.to_thread(child.start)
        self.say(f"{name} is started again")
        self.watch(name)

    async def kill_below_rendering(self, names: tuple[str, ...]) -> None:
        """The browser (its first process) or its driver, as soon as there is one.

        Rendering may have none when nothing is left to print. One that has none and should is found by the count.
        """
        give_up_at = time.monotonic() + BELOW_PATIENCE_S
        while not self._killed_below_rendering(names):
            if time.monotonic() > give_up_at:
                self.say(f"there is no {names[0]} to kill")
                return
            await asyncio.sleep(BELOW_POLL_S)

    def _killed_below_rendering(self, names: tuple[str, ...]) -> bool:
        process = self.child("rendering").process
        try:
            below = psutil.Process(process.pid).children(recursive=True) if process else []
            victim = next((each for each in below if each.name().startswith(names)), None)
            if victim is not None:
                self.say(f"kill -9 {victim.name()}")
                victim.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            return False
        return victim is not None

    def empty(self, folder: Path) -> None:
        """All that is in it is gone; what a program has open, it goes on writing into nothing."""
        for entry in list(folder.iterdir()):
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)

    async def a_while(self, shortest: float, longest: float) -> None:
        await asyncio.sleep(self.chance.uniform(shortest, longest))

    def say(self, text: str) -> None:
        loop = asyncio.get_running_loop()
        self.said.append(f"{loop.time():9.1f}  {text}")


@asynccontextmanager
async def running_stand(home: Home, chance: Random, told: Told = nothing_else) -> AsyncIterator[Stand]:
    """Ready, with the demo layouts, and without a school."""
    async with AsyncExitStack() as running:
        running.enter_context(home.locked())
        addresses = Addresses.of(home)
        said: list[str] = []
        stack = Stack(home, addresses, said.append, lambda service: {**IMPATIENT, **told(service)})
        await stack.start(running)
        await make_staff_accounts(addresses, demo=False)
        await publish_demo_layouts(addresses, told("rendering").get("LAUREL_NATS_URL"))
        stand = Stand(home, addresses, stack, chance, said)
        for name in stack.children:
            stand.watch(name)
        publish_endpoints(home, addresses.endpoints)
        try:
            yield stand
        finally:
            withdraw_endpoints(home)
            for name in list(stand._watching):
                stand.leave(name)
