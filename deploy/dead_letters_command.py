"""`laurel dead-letters …`: what is asked, and what a person reads."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.dead_letters import Counter, Waiting, at_the_counter
from deploy.home import Home
from services.kit.dead_letters import DeadLetter


class NothingNamed(Exception):
    """Neither ids nor --all."""


def add_dead_letters_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    letters = commands.add_parser("dead-letters", help="what waits for a person: look, send again, drop")
    verbs = letters.add_subparsers(required=True, metavar="COMMAND")

    verbs.add_parser("list", help="messages, certificates and mails, with their reasons").set_defaults(run=_list)
    show = verbs.add_parser("show", help="one message as it came; its body goes to standard output")
    show.add_argument("id", type=int)
    show.set_defaults(run=_show)

    retry = verbs.add_parser("retry", help="send messages on their way again")
    _which(retry, "every message, and every certificate that could not be printed")
    retry.add_argument("--body", type=Path, metavar="FILE", help="the mended body of the one message")
    retry.add_argument("--bodies", type=Path, metavar="DIR", help="mended bodies: DIR/ID.json for those that have one")
    retry.add_argument(
        "--mails", action="store_true", help="with --all: mails too; one whose fate is unknown may then come twice"
    )
    retry.set_defaults(run=_retry)

    drop = verbs.add_parser("drop", help="forget messages for good")
    _which(drop, "every message")
    drop.set_defaults(run=_drop)


def _which(verb: argparse.ArgumentParser, everything: str) -> None:
    verb.add_argument("ids", type=int, nargs="*", metavar="ID")
    verb.add_argument("--all", action="store_true", help=everything)


async def _list(_: argparse.Namespace) -> int:
    async with at_the_counter(Home.from_environment()) as counter:
        waiting = await counter.waiting()
    if not waiting:
        print("nothing waits for a person")
        return 0
    console = Console(soft_wrap=not sys.stdout.isatty())
    for table in _tables(waiting):
        console.print(table)
    return 0


def _tables(waiting: Waiting) -> list[Table]:
    found = []
    if waiting.letters:
        table = Table("id", "since", "message", "by", "reason", title="Messages that were kept aside")
        for letter in waiting.letters:
            when = f"{letter.since:%Y-%m-%d %H:%M}"
            table.add_row(str(letter.letter_id), when, letter.subject, letter.durable, letter.reason)
        found.append(table)
    if waiting.certificates:
        table = Table("certificate", "number", "since", "", "reason", title="Certificates that do not go on")
        for one in waiting.certificates:
            when = f"{one.since:%Y-%m-%d %H:%M}"
            table.add_row(one.certificate_id, one.number, when, one.kind, one.reason.message)
        found.append(table)
    if waiting.mails:
        table = Table("certificate", "guardian", "since", "", "reason", title="Mails that do not go out")
        for mail in waiting.mails:
            when = f"{mail.since:%Y-%m-%d %H:%M}"
            table.add_row(mail.certificate_id, mail.guardian_id, when, mail.state, mail.reason)
        found.append(table)
    return found


async def _show(asked: argparse.Namespace) -> int:
    async with at_the_counter(Home.from_environment()) as counter:
        letter = await counter.letter(asked.id)
    for name, value in letter.headers.items():
        print(f"{name}: {value}", file=sys.stderr)
    sys.stdout.buffer.write(letter.body + b"\n")
    return 0


async def _retry(asked: argparse.Namespace) -> int:
    async with at_the_counter(Home.from_environment()) as counter:
        letters = await _named(counter, asked)
        for letter in letters:
            await counter.send_letter_again(letter, _mended(asked, letter))
        print(f"{len(letters)} messages are on their way again")
        if asked.all:
            await _all_else_again(counter, mails=asked.mails)
    return 0


async def _all_else_again(counter: Counter, *, mails: bool) -> None:
    waiting = await counter.waiting()
    failed = [one for one in waiting.certificates if one.kind == "failed"]
    for one in failed:
        await counter.print_again(one)
    print(f"{len(failed)} certificates are printed again")
    if mails:
        for mail in waiting.mails:
            await counter.mail_again(mail)
        print(f"{len(waiting.mails)} mails are sent again")


async def _drop(asked: argparse.Namespace) -> int:
    async with at_the_counter(Home.from_environment()) as counter:
        letters = await _named(counter, asked)
        for letter in letters:
            await counter.drop(letter)
    print(f"{len(letters)} messages are gone")
    return 0


async def _named(counter: Counter, asked: argparse.Namespace) -> Sequence[DeadLetter]:
    if asked.all:
        return await counter.letters()
    if not asked.ids:
        raise NothingNamed("name the messages by their ids (`laurel dead-letters list`), or say --all")
    return [await counter.letter(letter_id) for letter_id in asked.ids]


def _mended(asked: argparse.Namespace, letter: DeadLetter) -> bytes | None:
    if asked.body is not None:
        body: bytes = asked.body.read_bytes()
        return body
    if asked.bodies is not None and (file := asked.bodies / f"{letter.letter_id}.json").exists():
        mended: bytes = file.read_bytes()
        return mended
    return None
