"""The reader runs, is stopped, and runs again; what it did with each message is its verdict."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.consumer_kit.broker import SCHOOL_ID, Sent, Wire, wire
from deploy.consumer_kit.golden import Golden, Series
from deploy.embedded.process import spawn, stop
from deploy.school_system import NotWithin, until

LEAVES_WITHIN_S = 10.0
TAIL = 12


@dataclass(frozen=True, slots=True)
class Verdict:
    messages: int
    """How many the reader was given."""
    faults: tuple[str, ...]
    """What a person has to mend; none: the reader is good."""
    notes: tuple[str, ...]
    printed: tuple[str, ...]
    """The last lines that the reader printed."""


async def tried(command: Sequence[str], home: Path, patience_s: float) -> Verdict:
    """`command` is started with NATS_URL and SCHOOL, twice; `patience_s` is how long it may take each time."""
    series = Series(f"{secrets.randbelow(100_000):05}")
    async with wire(home) as on_the_wire:
        output = home / "reader.log"
        faults = await _act(command, on_the_wire, series.before_the_break(), output, patience_s)
        if not faults:
            faults = await _act(command, on_the_wire, series.after_the_break(), output, patience_s)
        lines = output.read_text(errors="replace").splitlines()
        goldens = [sent.golden for sent in on_the_wire.sent.values()]
        twice, notes = ([], []) if faults else acted_twice(goldens, lines)
        return Verdict(len(goldens), (*faults, *twice), tuple(notes), tuple(lines[-TAIL:]))


async def _act(
    command: Sequence[str], on_the_wire: Wire, goldens: Sequence[Golden], output: Path, patience_s: float
) -> list[str]:
    """The messages wait for the reader, as after a week; the faults."""
    for golden in goldens:
        await on_the_wire.send(golden)
    reader = spawn(command, output, {"NATS_URL": on_the_wire.url, "SCHOOL": SCHOOL_ID})
    try:
        await _until_answered(on_the_wire, reader, patience_s)
        return _faults(on_the_wire, reader, patience_s)
    finally:
        await asyncio.to_thread(_end, reader)


def _end(reader: subprocess.Popen[bytes]) -> None:
    """With all that it started: what goes on would take the second half's messages."""
    stop(reader, patience_s=LEAVES_WITHIN_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(reader.pid, signal.SIGKILL)


async def _until_answered(on_the_wire: Wire, reader: subprocess.Popen[bytes], patience_s: float) -> None:
    async def answered_or_ended() -> bool:
        return on_the_wire.is_answered or reader.poll() is not None

    with contextlib.suppress(NotWithin):
        await until(answered_or_ended, patience_s, "an answer to each message")


def _faults(on_the_wire: Wire, reader: subprocess.Popen[bytes], patience_s: float) -> list[str]:
    untaken = [_untaken(sent, place) for place, sent in on_the_wire.sent.items() if not sent.is_taken]
    if not untaken:
        return []
    if reader.poll() is not None:
        return [f"it ended by itself, with exit code {reader.returncode}", *untaken[:1]]
    if len(untaken) == len(on_the_wire.sent):
        return [f"it acknowledged nothing in {patience_s:g} s: {on_the_wire.how_to_read}"]
    return untaken


def _untaken(sent: Sent, place: int) -> str:
    about = f"message {place} ({sent.golden.stem}: {sent.golden.what})"
    if sent.thrown_away:
        return f"{about} was thrown away: acknowledge what you do not know, and go on"
    if sent.deliveries > 1:
        return f"{about} was given {sent.deliveries} times and never acknowledged"
    return f"{about} was not acknowledged"


def acted_twice(goldens: Sequence[Golden], lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Faults and notes. Seen by the certificates' numbers in what the reader prints, one line for each thing done."""
    versions = Counter(
        number for number, _ in {(golden.number, golden.body.get("version")) for golden in goldens if golden.number}
    )
    printed = {number: sum(number in line for line in lines) for number in versions}
    if not any(printed.values()):
        return [], ["it prints no certificate's number: whether it acts twice on a repeat could not be seen"]
    repeats = [
        f"it acted {printed[number]} times on certificate {number}, which has {count} version{'s' * (count > 1)}"
        for number, count in sorted(versions.items())
        if printed[number] > count
    ]
    missed = [f"it never acted on certificate {number}" for number in sorted(versions) if not printed[number]]
    return [*repeats, *missed], []
