"""Child processes that do not outlive whoever started them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
GIVES_WAY = 10
"""The niceness of what may wait for the others when they share a machine with it."""


def free_port(preferred: int | None = None) -> int:
    """A port on loopback that nobody listens on; the preferred one where it is free."""
    for port in (preferred or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            taken: int = probe.getsockname()[1]
            return taken
    raise OSError("no free port on 127.0.0.1")


def spawn(
    command: Sequence[str], log: Path, env: Mapping[str, str] | None = None, *, gives_way: bool = False
) -> subprocess.Popen[bytes]:
    """Start a process that gets SIGTERM when its parent dies; what it prints goes to the end of `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)

    def prepare() -> None:
        if sys.platform == "linux":
            _die_with_parent()
        if gives_way:
            _give_way()

    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            preexec_fn=prepare,
            # A Ctrl-C in the terminal is for the supervisor, which stops its children in order.
            start_new_session=True,
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _give_way() -> None:
    os.nice(GIVES_WAY)
    # Where Linux shares the processors between sessions first, niceness counts within one only.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(GIVES_WAY))


def stop(process: subprocess.Popen[bytes], sig: int = signal.SIGTERM, patience_s: float = 30.0) -> int:
    """Ask it to stop, insist after `patience_s`, and return its exit code."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class DidNotStart(Exception):
    """The text says what did not start, and shows the end of its log."""


def wait_until_up(
    what: str, process: subprocess.Popen[bytes], log: Path, is_up: Callable[[], bool], patience_s: float = 30.0
) -> None:
    give_up_at = time.monotonic() + patience_s
    while not is_up():
        if process.poll() is not None or time.monotonic() > give_up_at:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise DidNotStart(f"{what} did not start; the end of {log}:\n{tail}")
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Something listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
