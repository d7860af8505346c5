"""`laurel backup FOLDER`: Postgres and the artefacts as they were at one moment, while everything runs on.

The moment is a snapshot of Postgres, taken first; the artefacts are copied after it. Rendering stores a PDF or a
layout before it tells anybody, so whatever the register names at that moment is in the store by then, and nothing
is taken out of it but the papers of a child who is erased: the copy lacks nothing else that the snapshot names. It may
have more, of certificates that were printed meanwhile: printing those again gives the same bytes. The other way round,
a PDF that was stored after its copy and registered before the snapshot would be missing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg
from obstore.exceptions import BaseError

from deploy.addresses import Addresses
from deploy.backup_folder import ARTEFACTS, DUMP, HOME, Manifest, Sums, checksum_of, new_backup, seal, write_file
from deploy.embedded.postgres import SCHEMAS
from deploy.embedded.postgres_dump import ToolFailed, dump
from deploy.endpoints import read_endpoints
from deploy.home import Home
from deploy.progress import Progress, Say, some_at_a_time
from services.kit.artefacts import ArtefactMissing, Artefacts
from services.rendering.library import LayoutKey

KEPT_IN_A_HOME = ("school.json", "credentials.json", "ports.json")
"""Ports too: they stand in links on paper and in mails. And the credential that the school's other systems use."""

COUNTED = """
SELECT now() AS at, pg_export_snapshot() AS snapshot,
    (SELECT count(*) FROM pg_tables WHERE schemaname = ANY ($1)) AS tables,
    (SELECT count(*) FROM progression.certificate) AS certificates,
    (SELECT count(*) FROM progression.certificate_version WHERE state = 'issuing') AS on_their_way,
    ARRAY(SELECT school_id FROM progression.school ORDER BY school_id) AS schools
"""
REGISTERED_PDFS = """
SELECT pdf->>'key' AS key, pdf->>'sha256' AS sha256 FROM progression.certificate_version
WHERE pdf IS NOT NULL
"""
NAMED_LAYOUTS = """
SELECT school_id, layout_id, layout_version FROM progression.certificate_version
UNION SELECT school_id, layout_id, layout_version FROM progression.layout
"""
MIGRATIONS = """
SELECT name FROM progression.schema_migration UNION SELECT name FROM notification.schema_migration
UNION SELECT name FROM portal.schema_migration UNION SELECT name FROM staff.schema_migration
"""


class NotBackedUp(Exception):
    """A server or the disk did not do its part; the text says which, and there is no new backup."""


class HalfNamed(Exception):
    """One of two variables is set; the text says which two."""


class Servers(NamedTuple):
    postgres: str
    """The URL of a role that may do anything in the services' schemas."""
    artefacts: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What the database is at the backup's moment, as far as it is told or checked."""

    snapshot: str
    at: datetime
    tables: int
    schools: tuple[str, ...]
    certificates: int
    on_their_way: int
    migrations: tuple[str, ...]
    pdfs: dict[str, str]
    """SHA-256 by key, of all that are registered."""
    layouts: frozenset[str]
    """Keys."""


def named_servers(environment: Mapping[str, str] = os.environ) -> Servers | None:
    """Those that `LAUREL_*` variables point to; None where they point nowhere. HalfNamed."""
    postgres, artefacts = environment.get("LAUREL_POSTGRES_URL"), environment.get("LAUREL_ARTEFACTS_URL")
    if postgres and artefacts:
        return Servers(postgres, artefacts)
    if postgres or artefacts:
        both = "LAUREL_POSTGRES_URL and LAUREL_ARTEFACTS_URL"
        raise HalfNamed(f"set both {both}, or neither: then it is about the stack in LAUREL_HOME")
    return None


async def back_up(home: Home, folder: Path, say: Say) -> Manifest:
    """Of the running stack in this home, or of the servers that are named. FolderTaken, NotBackedUp, NotRunning."""
    named = named_servers()
    servers = named or _embedded(home)
    with told(NotBackedUp), new_backup(folder) as backup:
        moment, sums = await _database(servers, backup, say)
        sums |= await _artefacts(servers, backup, say)
        sums |= {} if named else _home_files(home, backup)
        manifest = _manifest(moment, sums, _bytes(backup))
        seal(backup, manifest, sums)
    return manifest


@contextmanager
def told(trouble: type[Exception]) -> Iterator[None]:
    """What servers, their tools and the disk complain of, as this trouble."""
    try:
        yield
    except ToolFailed as error:
        raise trouble(f"Postgres: {error}") from error
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
        raise trouble(f"there is no Laurel in this database ({error}): has it run there?") from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise trouble(f"Postgres: {error}: LAUREL_POSTGRES_URL has to be an administrator's here") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise trouble(f"Postgres: {error}") from error
    except (ConnectionError, TimeoutError) as error:
        raise trouble(f"a server cannot be reached: {error or type(error).__name__}") from error
    except (OSError, BaseError) as error:
        raise trouble(str(error) or type(error).__name__) from error


def _embedded(home: Home) -> Servers:
    read_endpoints(home)
    addresses = Addresses.of(home)
    return Servers(addresses.postgres(), addresses.artefacts)


async def _database(servers: Servers, backup: Path, say: Say) -> tuple[Moment, Sums]:
    async with _moment(servers.postgres) as moment:
        say(f"the database: {moment.certificates} certificates, {moment.on_their_way} of them on their way")
        progress = Progress(say, "tables", moment.tables)
        file = backup / DUMP
        await dump(servers.postgres, moment.snapshot, file, progress.step)
    return moment, {DUMP: await asyncio.to_thread(checksum_of, file)}


@asynccontextmanager
async def _moment(url: str) -> AsyncIterator[Moment]:
    """As long as it lasts, others can look at it too."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            counted = await connection.fetchrow(COUNTED, SCHEMAS)
            assert counted is not None
            yield Moment(
                snapshot=counted["snapshot"],
                at=counted["at"],
                tables=counted["tables"],
                schools=tuple(counted["schools"]),
                certificates=counted["certificates"],
                on_their_way=counted["on_their_way"],
                migrations=tuple(sorted(row["name"] for row in await connection.fetch(MIGRATIONS))),
                pdfs={row["key"]: row["sha256"] for row in await connection.fetch(REGISTERED_PDFS)},
                layouts=frozenset(LayoutKey(*row).path for row in await connection.fetch(NAMED_LAYOUTS)),
            )
    finally:
        await connection.close()


async def _artefacts(servers: Servers, backup: Path, say: Say) -> Sums:
    store = Artefacts(servers.artefacts)
    keys = await store.keys("")
    say(f"the artefacts: {len(keys)} PDFs and layouts")

    async def copy(key: str) -> str | None:
        try:
            content = await store.get(key)
        except ArtefactMissing:
            # It was there a moment ago. If the register names it, that is found out below.
            return None
        return write_file(backup, f"{ARTEFACTS}/{key}", content)

    found = await some_at_a_time(copy, keys, Progress(say, "artefacts", len(keys)))
    return {f"{ARTEFACTS}/{key}": checksum for key, checksum in zip(keys, found, strict=True) if checksum}


def _home_files(home: Home, backup: Path) -> Sums:
    names = [name for name in KEPT_IN_A_HOME if (home.folder / name).exists()]
    return {f"{HOME}/{name}": write_file(backup, f"{HOME}/{name}", (home.folder / name).read_bytes()) for name in names}


def _manifest(moment: Moment, sums: Sums, size: int) -> Manifest:
    """With what the register names and the store did not have: someone took it away."""
    stored = {name.removeprefix(f"{ARTEFACTS}/"): checksum for name, checksum in sums.items()}
    return Manifest(
        made_at=moment.at,
        schools=moment.schools,
        certificates=moment.certificates,
        on_their_way=moment.on_their_way,
        migrations=moment.migrations,
        tables=moment.tables,
        pdfs_to_print=sum(stored.get(key) != checksum for key, checksum in moment.pdfs.items()),
        missing_layouts=tuple(sorted(moment.layouts - stored.keys())),
        files=len(sums),
        bytes=size,
    )


def _bytes(backup: Path) -> int:
    return sum(path.stat().st_size for path in backup.rglob("*") if path.is_file())
