"""`laurel import FILE… [--dry-run]`: the files that the staff web takes too, read and checked in the same way."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

import nats.errors

from contracts.catalogue import IMPORT_CHECK
from contracts.roster import ImportRoster
from contracts.roster_queries import ImportCheck, RosterChange
from deploy.addresses import chosen_school
from deploy.endpoints import read_endpoints
from deploy.home import Home
from deploy.school_system import CommandRefused, NotWithin, SchoolSystem, Unanswered
from services.staff.importing import File, Upload, read

WHO = "laurel import"


class NotImported(Exception):
    """Nothing was changed; the text says why."""


def add_import_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("import", help="families, students, teachers and levels from CSV: all or nothing")
    command.add_argument("files", type=Path, nargs="+", metavar="FILE", help="one of a kind, or several at once")
    command.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    command.set_defaults(run=_import)


async def _import(asked: argparse.Namespace) -> int:
    upload = await asyncio.to_thread(_read, asked.files)
    _print_lines("look at", map(str, upload.hints))
    if upload.problems:
        _print_lines("mend", map(str, upload.problems))
        raise NotImported(f"{len(upload.problems)} places need mending: nothing was changed")
    url, school_id = where(Home.from_environment())
    async with SchoolSystem.connected(url, school_id) as system:
        try:
            return await _checked(system, upload.command, dry_run=asked.dry_run)
        except (Unanswered, NotWithin, CommandRefused) as trouble:
            raise NotImported(str(trouble)) from trouble
        except nats.errors.MaxPayloadError as error:
            told = "the files are more than the broker takes in one message: raise its max_payload to 8 MB"
            raise NotImported(f"{told}, or import them in parts") from error


async def _checked(system: SchoolSystem, command: ImportRoster, *, dry_run: bool) -> int:
    check = await system.ask(IMPORT_CHECK, command)
    _print_check(check)
    if check.problems:
        in_all = len(check.problems) + check.problems_left_out
        raise NotImported(f"{in_all} places need mending: nothing was changed")
    if dry_run:
        print("nothing was changed: this was a dry run")
        return 0
    if not check.changes:
        print("there is nothing to import")
        return 0
    [command_id] = await system.send((command, None))
    await system.until_accepted(command_id)
    print("imported")
    return 0


def _read(paths: Iterable[Path]) -> Upload:
    """NotImported for a file that is not there."""
    try:
        return read([File(path.name, path.read_bytes()) for path in paths], requested_by=WHO)
    except OSError as error:
        raise NotImported(f"{error.filename}: {error.strerror}") from error


def _print_check(check: ImportCheck) -> None:
    for change in check.changes:
        print(f"{'new' if change.new else 'changed':8} {change.kind} {change.id}: {_described(change)}")
    if check.changes_left_out:
        print(f"… and {check.changes_left_out} more")
    _print_lines("look at", (hint.message for hint in check.hints))
    _print_lines("mend", (problem.message for problem in check.problems))
    if check.problems_left_out:
        print(f"… and {check.problems_left_out} more to mend")
    for count in check.counts:
        print(f"{count.kind}: {count.new} new, {count.changed} changed, {count.same} the same")


def _described(change: RosterChange) -> str:
    if change.new:
        return change.name
    fields = (f"{field.field} {field.was or 'nothing'} → {field.now or 'nothing'}" for field in change.fields)
    return f"{change.name}: {'; '.join(fields)}"


def _print_lines(what: str, lines: Iterable[str]) -> None:
    for line in lines:
        print(f"{what:8} {line}")


def where(home: Home) -> tuple[str, str]:
    """The school's own URL of NATS, and the school."""
    url = os.environ.get("LAUREL_NATS_URL")
    if url:
        return url, chosen_school()
    endpoints = read_endpoints(home)
    return endpoints.nats, endpoints.school
