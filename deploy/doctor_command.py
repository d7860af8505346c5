"""`laurel doctor`: what a person at night reads, and the exit code that a watch reads."""

from __future__ import annotations

import argparse
import shutil
import textwrap

from deploy.doctor import Finding, Patient, examine
from deploy.home import Home

WELL, ILL = "ok", "!!"
WIDEST = 120
ABOUT = 28


def add_doctor_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="is everything there, what stands still, since when, why, and what to do",
        description="Exit code 0: all is well. 1: something is for a person to do; each such line says what.",
    )
    doctor.set_defaults(run=_examine)


async def _examine(_: argparse.Namespace) -> int:
    ill = 0
    async for finding in examine(Patient.of(Home.from_environment())):
        print(_lines(finding), flush=True)
        ill += not finding.is_well
    print("all is well" if not ill else f"{ill} of these are for a person")
    return 1 if ill else 0


def _lines(finding: Finding) -> str:
    mark = WELL if finding.is_well else ILL
    first = _wrapped(f"{mark}  {finding.about:<{ABOUT}}", finding.says)
    return first if finding.remedy is None else f"{first}\n{_wrapped(' ' * (ABOUT + 4), f'→ {finding.remedy}')}"


def _wrapped(head: str, text: str) -> str:
    width = min(WIDEST, shutil.get_terminal_size((WIDEST, 40)).columns)
    return textwrap.fill(text, max(width, ABOUT + 40), initial_indent=head, subsequent_indent=" " * (ABOUT + 4))
