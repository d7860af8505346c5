"""A child that runs and does nothing any more is as good as dead: it is ended, to be started again."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from deploy.embedded.process import stop

LOOKS = 5
"""How often a child is looked at before its patience is over."""
STOP_PATIENCE_S = 10.0


@runtime_checkable
class Examined(Protocol):
    """A child that can be asked how it is."""

    name: str
    process: subprocess.Popen[bytes] | None
    patience_s: float
    """How long it may be ill."""

    def ailment(self) -> str | None:
        """Why it is ill, to follow its name in a sentence; None while it is well. Takes some seconds at most."""


async def end_when_ill(child: Examined, say: Callable[[str], None]) -> None:
    """End the child's process whenever it has been ill for longer than it may. Runs until cancelled."""
    while True:
        process, ailment = await _ill_for_too_long(child)
        say(f"{child.name} {ailment}, for {child.patience_s:g} s now: ending it")
        await asyncio.to_thread(stop, process, patience_s=STOP_PATIENCE_S)


async def _ill_for_too_long(child: Examined) -> tuple[subprocess.Popen[bytes], str]:
    examined, ill_since = child.process, time.monotonic()
    while True:
        await asyncio.sleep(child.patience_s / LOOKS)
        process = child.process
        ailment = await asyncio.to_thread(child.ailment)
        if ailment is None or process is not examined or process is None or process.poll() is not None:
            examined, ill_since = process, time.monotonic()
        elif time.monotonic() - ill_since > child.patience_s:
            return process, ailment
