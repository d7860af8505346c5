"""Children of the stack: started, waited for, started again when they die, stopped."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import httpx

from deploy.embedded import loopback
from deploy.embedded.process import DidNotStart, spawn, stop
from deploy.wellbeing import Examined, end_when_ill

POLL_S = 0.1
READY_PATIENCE_S = 90.0
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
STEADY_AFTER_S = 60.0
"""What ran this long did not die of its start: the delay begins anew."""

Say = Callable[[str], None]


class Child(Protocol):
    """A process of the stack: a server or a service."""

    name: str
    process: subprocess.Popen[bytes] | None

    def start(self) -> None: ...

    def stop(self) -> None: ...


class PythonChild:
    """`python -m <module>`, ready when its `/readyz` says so, ill when its `/healthz` says so or nothing."""

    patience_s = 30.0
    """How long it may be ill before it is started again."""

    def __init__(
        self, name: str, module: str, log: Path, env: Mapping[str, str], port: int, *, gives_way: bool = False
    ) -> None:
        """`gives_way`: to the other children, where they want the same processor."""
        self.name = name
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self._command: Sequence[str] = (sys.executable, "-m", module)
        self.variables = {**env, "LAUREL_HTTP_PORT": str(port)}
        """What it is told from its next start on."""
        self._ready_url = f"http://127.0.0.1:{port}/readyz"
        self.port = port
        self._has_answered = False
        self._gives_way = gives_way

    def start(self) -> None:
        self._has_answered = False
        self.process = spawn(self._command, self.log, self.variables, gives_way=self._gives_way)

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)

    def ailment(self) -> str | None:
        """That it answers no more. One that has not answered yet still waits for its servers, and ends by itself."""
        try:
            status, _ = loopback.get(self.port, "/healthz")
        except loopback.NO_ANSWER:
            return "does not answer" if self._has_answered else None
        self._has_answered = True
        return None if status < httpx.codes.INTERNAL_SERVER_ERROR else "says that it is ill"

    async def until_ready(self, client: httpx.AsyncClient) -> None:
        """DidNotStart, with the end of its log, when it dies or takes too long."""
        give_up_at = time.monotonic() + READY_PATIENCE_S
        while not await self._is_ready(client):
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > give_up_at:
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
                raise DidNotStart(f"{self.name} did not start; the end of {self.log}:\n{tail}")
            await asyncio.sleep(POLL_S)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(self._ready_url)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


async def keep_alive(child: Child, say: Say) -> None:
    """Start the child again whenever it dies, or is ill for longer than it may. Runs until cancelled."""
    watching = [_start_again(child, say)]
    if isinstance(child, Examined):
        watching.append(end_when_ill(child, say))
    await asyncio.gather(*watching)


async def _start_again(child: Child, say: Say) -> None:
    """Each time a little later."""
    delay = FIRST_DELAY_S
    while True:
        since = time.monotonic()
        code = await _ended(child)
        if time.monotonic() - since > STEADY_AFTER_S:
            delay = FIRST_DELAY_S
        say(f"{child.name} {_how(code)}: starting it again in {delay:g} s")
        await asyncio.sleep(delay)
        delay = min(LONGEST_DELAY_S, delay * 2)
        try:
            child.start()
        except (DidNotStart, OSError) as problem:
            # OSError: on a full disk not even a configuration can be written.
            say(f"{child.name} cannot be started: {problem}")


def stop_all(children: Sequence[PythonChild]) -> None:
    """Side by side: ask every one, then wait for every one."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


async def _ended(child: Child) -> int:
    process = child.process
    assert process is not None
    # A thread of its own for each wait would hold up the stop; looking ten times a second costs nothing.
    while True:
        code = process.poll()
        if code is not None:
            return code
        await asyncio.sleep(POLL_S)


def _how(code: int) -> str:
    return f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with exit code {code}"
