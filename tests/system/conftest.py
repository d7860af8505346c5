"""Whole stacks, as `make up` starts them: each a process of its own, in a home of its own.

With STACK=containers the one that all tests share is in containers instead, as `make containers` starts it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.endpoints import Endpoints, read_endpoints
from deploy.home import Home
from tests.school import SchoolSystem
from tests.system.households import Household

if TYPE_CHECKING:
    from tests.containers.stack import ContainerStack

READY_PATIENCE_S = 120.0
STOP_PATIENCE_S = 60.0


class StackProcess:
    """`laurel up` in the given home."""

    def __init__(self, folder: Path, *, seed: str = "none", undo_s: int = 0) -> None:
        self.home = Home(folder)
        self._output = folder.parent / f"{uuid.uuid4()}.out"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "up", "--seed", seed],
                # Nobody here waits ten minutes for a mail.
                env={**os.environ, "LAUREL_HOME": str(folder), "LAUREL_UNDO_S": str(undo_s)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    def until_ready(self) -> Endpoints:
        give_up_at = time.monotonic() + READY_PATIENCE_S
        # Endpoints alone could be those of a stack that was killed here.
        while "ready after" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < give_up_at, self.said
            time.sleep(0.1)
        return read_endpoints(self.home)

    @property
    def endpoints(self) -> Endpoints:
        return read_endpoints(self.home)

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        self.process.send_signal(sig)
        return self.process.wait(STOP_PATIENCE_S)


@pytest.fixture(scope="session")
def stack(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[StackProcess | ContainerStack]:
    """One stack with the demo school, for all tests that leave it as good as they found it."""
    if os.environ.get("STACK") == "containers":
        yield request.getfixturevalue("containers")
        return
    running = StackProcess(tmp_path_factory.mktemp("stack") / "home", seed="demo")
    try:
        running.until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def endpoints(stack: StackProcess | ContainerStack) -> Endpoints:
    return stack.endpoints


@pytest.fixture
async def household(stack: StackProcess | ContainerStack, endpoints: Endpoints) -> AsyncIterator[Household]:
    school = await SchoolSystem.connect(endpoints.nats, endpoints.school)
    household = Household(school, stack.home.mail)
    await household.settle()
    yield household
    await school.close()
