"""`python -m tests.drills`: breaks what can break while certificates are issued, and counts what came of it."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from services.kit.telemetry import configure_logging
from tests.drills.drill import Outcome, carry_out
from tests.drills.drills import BY_NAME, DRILLS
from tests.drills.report import is_green, table, what_is_wrong, write_json


def main(words: Sequence[str] | None = None) -> int:
    """0: every drill is green. 1: one is not; its logs are kept."""
    asked = _arguments().parse_args(words)
    configure_logging("drills", "console", "ERROR")
    return asyncio.run(_carry_out(asked))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(BY_NAME), default=list(BY_NAME), metavar="NAME")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="chooses the instants; printed, to be repeated")
    parser.add_argument("--certificates", type=int, default=300, metavar="N")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write the values as JSON")
    return parser


async def _carry_out(asked: argparse.Namespace) -> int:
    console = Console(soft_wrap=True)
    console.print(f"drills: seed {asked.seed}, {asked.certificates} certificates each")
    outcomes: list[Outcome] = []
    for drill in DRILLS:
        if drill.name not in asked.only:
            continue
        console.print(f"{drill.name}: …", end="\r")
        folder = Path(tempfile.mkdtemp(prefix=f"laurel-{drill.name}-"))
        outcome = await carry_out(drill, folder, asked.seed, asked.certificates)
        outcomes.append(outcome)
        if is_green(outcome):
            console.print(f"{drill.name}: green, recovered in {outcome.recovery_s:.0f} s")
            shutil.rmtree(folder, ignore_errors=True)
        else:
            console.print(f"{drill.name}: RED, logs in {folder}\n{what_is_wrong(outcome)}", markup=False)
    console.print(table(outcomes, asked.seed))
    if asked.out:
        write_json(outcomes, asked.out)
    return 0 if all(map(is_green, outcomes)) else 1


if __name__ == "__main__":
    sys.exit(main())
