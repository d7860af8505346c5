"""`laurel backup` and `laurel restore`: what is asked, and what a person reads."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from deploy.backup import HalfNamed, NotBackedUp, back_up, named_servers
from deploy.backup_folder import BackupDamaged, FolderTaken, Manifest, NoBackup
from deploy.home import Home
from deploy.restore import NotReady, NotRestored, SomethingThere, restore

BACKUP_TROUBLES = (
    BackupDamaged,
    FolderTaken,
    HalfNamed,
    NoBackup,
    NotBackedUp,
    NotReady,
    NotRestored,
    SomethingThere,
)


def add_backup_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser("backup", help="copy Postgres and all artefacts into a new folder, while all runs")
    backup.add_argument("folder", type=Path, metavar="FOLDER", help="is made; it must not be there yet")
    backup.set_defaults(run=_backup)
    again = commands.add_parser("restore", help="make a home of a backup, or fill empty servers with it")
    again.add_argument("folder", type=Path, metavar="FOLDER", help="what `laurel backup` made")
    again.set_defaults(run=_restore)


async def _backup(asked: argparse.Namespace) -> int:
    """1 for a backup that lacks what nobody can make again: it is kept, and somebody has to know."""
    started = time.monotonic()
    manifest = await back_up(Home.from_environment(), asked.folder, _progress)
    print(f"{asked.folder}: {_contents(manifest)}, in {time.monotonic() - started:.0f} s")
    print("It holds children's names, families' addresses and passwords: nobody but you can read it, keep it so.")
    _warn(manifest)
    return 1 if manifest.missing_layouts else 0


async def _restore(asked: argparse.Namespace) -> int:
    started = time.monotonic()
    home = Home.from_environment()
    manifest = await restore(home, asked.folder, _progress)
    where = "the servers are" if named_servers() else f"{home.folder} is"
    when = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    print(f"{where} as of {when}: {_contents(manifest)}, in {time.monotonic() - started:.0f} s")
    print("Start the stack: it goes on where it was at that moment, and what came later has to be done again.")
    _warn(manifest)
    return 0


def _contents(manifest: Manifest) -> str:
    unfinished = f" ({manifest.on_their_way} on their way)" if manifest.on_their_way else ""
    return f"{manifest.certificates} certificates{unfinished}, {manifest.files} files, {manifest.bytes / 1e6:.1f} MB"


def _warn(manifest: Manifest) -> None:
    if manifest.pdfs_to_print:
        _progress(f"{manifest.pdfs_to_print} PDFs were not in the store as registered: they are printed when asked for")
    for key in manifest.missing_layouts:
        _progress(f"the layout {key} was not in the store, and cannot be made again: look for it in an older backup")


def _progress(text: str) -> None:
    """Beside what is printed for programs and files."""
    print(f"laurel: {text}", file=sys.stderr, flush=True)
