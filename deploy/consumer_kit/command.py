"""`laurel consumer-kit`: what a person reads of the verdict, and the exit code that a build reads."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from deploy.consumer_kit.trial import Verdict, tried

PATIENCE_S = 30.0


class NoReader(Exception):
    """No command was given, or it is not there."""


def add_consumer_kit_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    kit = commands.add_parser(
        "consumer-kit",
        help="does your reader of a school's events take 20 golden messages, each once?",
        description="Starts COMMAND with NATS_URL and SCHOOL on a broker of its own, twice, and watches what it "
        "acknowledges. Exit code 0: it takes them all. 1: it does not, and what is printed says which and why.",
    )
    kit.add_argument("--patience", type=float, default=PATIENCE_S, metavar="SECONDS", help="how long it may take")
    kit.add_argument("command", nargs="+", metavar="COMMAND", help="what starts your reader, after `--`")
    kit.set_defaults(run=_try)


async def _try(asked: argparse.Namespace) -> int:
    if shutil.which(asked.command[0]) is None:
        raise NoReader(f"{asked.command[0]}: there is no such program; give what starts your reader, after `--`")
    with tempfile.TemporaryDirectory(prefix="laurel-consumer-kit-") as home:
        verdict = await tried(asked.command, Path(home), asked.patience)
    print(told(verdict))
    return 1 if verdict.faults else 0


def told(verdict: Verdict) -> str:
    if not verdict.faults:
        return "\n".join((f"consumer-kit: all {verdict.messages} messages taken, across a restart", *verdict.notes))
    faults = (f"consumer-kit: {fault}" for fault in verdict.faults)
    return "\n".join((*faults, "the last that the reader printed:", *(f"  {line}" for line in verdict.printed)))
