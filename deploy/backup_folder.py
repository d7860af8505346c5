"""What a backup is: a folder with a dump of Postgres, every artefact, and the checksum of each file.

manifest.json    when it was made, of what, how much
SHA256SUMS       of every other file, so that `sha256sum --check SHA256SUMS` can look it over without Laurel
database.dump    `pg_restore --list database.dump` shows what is in it
artefacts/       by the keys of the artefact store
home/            of an embedded stack: its school, passwords and ports
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.progress import Progress, Say, some_at_a_time

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
DUMP = "database.dump"
ARTEFACTS = "artefacts"
HOME = "home"
SUM_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
NAMED_AT_MOST = 20
"""Damaged files that a person is shown; the others are counted."""


class NoBackup(Exception):
    """The folder holds none that this Laurel can read; the text says why."""


class BackupDamaged(Exception):
    """The text names the files, each with what is wrong with it."""


class FolderTaken(Exception):
    """Something is in the way of a new backup; the text says what."""


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    made_at: datetime
    """The moment of which all of it is."""
    schools: tuple[str, ...]
    certificates: int
    on_their_way: int
    """Of the certificates, those that were neither printed nor given up yet."""
    migrations: tuple[str, ...]
    """All that were applied: what a Laurel must know to go on with this database."""
    tables: int
    pdfs_to_print: int
    """Registered PDFs that the store did not have, or not with the registered bytes."""
    missing_layouts: tuple[str, ...]
    """Keys of layouts that the register names and the store did not have."""
    files: int
    bytes: int
    """Of all files but this one and SHA256SUMS."""


Sums = dict[str, str]
"""By a file's path in the backup, its SHA-256."""


@contextmanager
def new_backup(folder: Path) -> Iterator[Path]:
    """A private folder to fill. It takes the name asked for when it is complete, and otherwise goes. FolderTaken."""
    folder = folder.absolute()
    if folder.exists():
        raise FolderTaken(f"{folder} exists already: each backup is a folder of its own, such as {folder}-2")
    # Tables are full of children: what this process makes from here on is for its owner's eyes alone.
    before = os.umask(0o077)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}.unfinished-", dir=folder.parent))
    try:
        yield unfinished
        # What is called a backup is on the disk, whatever happens to the power.
        os.sync()
        unfinished.rename(folder)
    finally:
        os.umask(before)
        shutil.rmtree(unfinished, ignore_errors=True)


def write_file(backup: Path, name: str, content: bytes) -> str:
    """The SHA-256 of what was written."""
    path = backup / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def seal(backup: Path, manifest: Manifest, sums: Sums) -> None:
    """The last that is written."""
    mine = write_file(backup, MANIFEST, manifest.model_dump_json(indent=2).encode() + b"\n")
    lines = [f"{checksum}  {name}\n" for name, checksum in sorted({**sums, MANIFEST: mine}.items())]
    write_file(backup, SUMS, "".join(lines).encode())


async def read_verified(folder: Path, say: Say) -> tuple[Manifest, Sums]:
    """The backup, once every file of it was read and found to be what was written. NoBackup, BackupDamaged."""
    manifest, sums = _read_manifest(folder), _read_sums(folder)
    say(f"the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC: checking {len(sums)} files")

    async def look(name: str) -> str | None:
        return await asyncio.to_thread(_what_is_wrong, folder / name, sums[name])

    names = sorted(sums)
    found = await some_at_a_time(look, names, Progress(say, "checked", len(names)))
    damages = [f"{folder / name} {wrong}" for name, wrong in zip(names, found, strict=True) if wrong]
    if len(sums) - 1 != manifest.files:
        damages.append(f"{folder / SUMS} lists {len(sums) - 1} files, and {manifest.files} were written")
    if damages:
        raise BackupDamaged(_told(damages))
    return manifest, sums


def checksum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise NoBackup(f"{folder} is no backup: it has no {MANIFEST}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "JSON"
        raise NoBackup(f"{path} cannot be read, or was written by a newer Laurel: {where}: {first['msg']}") from None


def _read_sums(folder: Path) -> Sums:
    path = folder / SUMS
    if not path.is_file():
        raise NoBackup(f"{folder} is no whole backup: it has no {SUMS}")
    lines = path.read_text(errors="replace").splitlines()
    found = [SUM_LINE.fullmatch(line) for line in lines]
    for number, line in enumerate(found, start=1):
        if line is None:
            raise BackupDamaged(f"{path} line {number} is no checksum: take another copy of the backup")
    return {line[2]: line[1] for line in found if line}


def _what_is_wrong(path: Path, checksum: str) -> str | None:
    try:
        return None if checksum_of(path) == checksum else "has other bytes than were written"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _told(damages: Sequence[str]) -> str:
    shown = [f"  {damage}" for damage in damages[:NAMED_AT_MOST]]
    more = [f"  and {len(damages) - len(shown)} more"] if len(damages) > len(shown) else []
    head = "the backup is damaged, and nothing was restored: take another copy of it, or an older backup"
    return "\n".join([head, *shown, *more])
