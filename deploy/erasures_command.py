"""`laurel erasures list`: the receipts, to be kept apart from the backups. `repeat`: after one of them was restored.

A receipt names nobody: it has the hash of the child's id. Held against the roster that a backup brought back, it tells
who has to be erased once more.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import ValidationError

from contracts.catalogue import ERASURES, ROSTER
from contracts.erasure import AskErasures, EraseStudent, Erasures
from contracts.roster_queries import AskRoster
from deploy.home import Home
from deploy.import_command import where
from deploy.school_system import CommandRefused, NotWithin, SchoolSystem, Unanswered

WHO = "laurel erasures repeat"
AGAIN = "Erased before; a restored backup had brought it back"


class NotErased(Exception):
    """Not all was erased again; the text says why."""


def add_erasures_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    named = commands.add_parser("erasures", help="receipts of erased children; after a restore, erase them again")
    verbs = named.add_subparsers(required=True, metavar="COMMAND")
    listing = verbs.add_parser("list", help="all receipts as JSON: keep it apart from the backups")
    listing.set_defaults(run=_list)
    repeating = verbs.add_parser("repeat", help="who is on the roster though a receipt says that they were erased")
    repeating.add_argument("file", type=Path, metavar="FILE", help="what `list` wrote")
    repeating.add_argument("--erase", action="store_true", help="erase them again; without it they are only named")
    repeating.set_defaults(run=_repeat)


async def _list(_: argparse.Namespace) -> int:
    async with _school() as (system, _school_id):
        print((await system.ask(ERASURES, AskErasures())).model_dump_json(indent=2, exclude_none=True))
    return 0


async def _repeat(asked: argparse.Namespace) -> int:
    erased = _hashes_in(asked.file)
    async with _school() as (system, school_id):
        back = [each async for each in _roster(system) if hash_of(school_id, each) in erased]
        for student_id in back:
            print(student_id)
            if asked.erase:
                command = EraseStudent(student_id=student_id, requested_by=WHO, reason=AGAIN)
                [command_id] = await system.send((command, None))
                await system.until_accepted(command_id)
    done = "erased again" if asked.erase else "to be erased again: with --erase"
    print(f"{len(back)} {done}" if back else "none of them is back", file=sys.stderr)
    return 0


def hash_of(school_id: str, student_id: str) -> str:
    return hashlib.sha256(f"{school_id}/{student_id}".encode()).hexdigest()


@asynccontextmanager
async def _school() -> AsyncIterator[tuple[SchoolSystem, str]]:
    url, school_id = where(Home.from_environment())
    try:
        async with SchoolSystem.connected(url, school_id) as system:
            yield system, school_id
    except (Unanswered, NotWithin, CommandRefused) as trouble:
        raise NotErased(str(trouble)) from trouble


async def _roster(system: SchoolSystem) -> AsyncIterator[str]:
    after: str | None = None
    while True:
        page = await system.ask(ROSTER, AskRoster(kind="students", after=after))
        for student in page.students:
            yield student.student_id
        after = page.next_after
        if after is None:
            return


def _hashes_in(file: Path) -> Collection[str]:
    try:
        kept = Erasures.model_validate_json(file.read_text())
    except OSError as error:
        raise NotErased(f"{error.filename}: {error.strerror}") from error
    except ValidationError as error:
        raise NotErased(f"{file}: this is not what `laurel erasures list` wrote") from error
    return {one.student_sha256 for one in kept.erasures}
