"""`python -m tests.bench`: measures, prints the tables, and writes the file that `--out` names."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from deploy.layouts import pace
from services.kit.telemetry import configure_logging
from services.rendering.chromium import ChromiumMissing
from tests.bench.design import FontMissing
from tests.bench.lab import QUICK, Lab, Sizes, open_lab
from tests.bench.marks_profile import marks_profile
from tests.bench.pipeline_profile import pipeline_profile
from tests.bench.profile import profile
from tests.bench.report import figures_table, results_of, results_table, write_json
from tests.bench.rounds import measured
from tests.bench.rows import ROWS, Row

PROFILES = {"certificates": profile, "marks": marks_profile, "pipeline": pipeline_profile}


def main(words: Sequence[str] | None = None) -> None:
    asked = _arguments().parse_args(words)
    configure_logging("bench", "console", "ERROR")
    try:
        asyncio.run(_until_stopped(asked))
    except (FontMissing, ChromiumMissing) as missing:
        raise SystemExit(str(missing)) from missing
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise SystemExit("stopped: nothing was written") from None


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write the values as JSON")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=" ".join(names))
    parser.add_argument("--quick", action="store_true", help="tiny numbers, to see that it works: they mean nothing")
    parser.add_argument(
        "--profile",
        nargs="?",
        choices=PROFILES,
        const="certificates",
        help="where a certificate's milliseconds or a mark's microseconds go, instead (default: certificates)",
    )
    return parser


async def _until_stopped(asked: argparse.Namespace) -> None:
    """SIGTERM ends it as Ctrl-C does: with every process and file that it made."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    console = Console()
    async with open_lab(QUICK if asked.quick else Sizes()) as lab:
        console.print(f"the bench's layout is {pace(lab.layout)}", soft_wrap=True)
        if asked.profile:
            console.print(await PROFILES[asked.profile](lab))
        else:
            await _bench(lab, [row for row in ROWS if row.name in asked.only], console, asked.out)


async def _bench(lab: Lab, rows: Sequence[Row], console: Console, out: Path | None) -> None:
    with console.status("measuring"):
        rounds = await measured(lab, rows, lambda line: console.print(line, highlight=False, soft_wrap=True))
    results = results_of(rows, rounds)
    console.print(figures_table(rounds), results_table(results))
    for row in rows:
        if row not in [result.row for result in results]:
            console.print(f"{row.name} is left out: {row.why_left_out()}")
    if out is not None:
        write_json(results, out)


if __name__ == "__main__":
    main()
