"""`laurel restore FOLDER`: a backup becomes a home again, or fills servers that have nothing in them yet.

Every file is checked before anything is touched. A home is built apart and moved in when it is complete; on servers
the artefacts come first and the database last, in one transaction, so that a database never lacks its artefacts.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import asyncpg

from deploy.addresses import Addresses
from deploy.backup import KEPT_IN_A_HOME, Servers, named_servers, told
from deploy.backup_folder import ARTEFACTS, DUMP, HOME, Manifest, Sums, read_verified
from deploy.credentials import POSTGRES
from deploy.embedded.postgres import SCHEMAS, PostgresServer, bootstrap, create_database
from deploy.embedded.postgres_dump import restore_dump
from deploy.embedded.process import free_port
from deploy.home import Home, write_private
from deploy.progress import Progress, Say, some_at_a_time
from services.kit.artefacts import Artefacts

BUILDING_SITE = "restoring"
DATABASE_FOLDER = "postgres"
LIVED_IN = (DATABASE_FOLDER, "nats")
"""What a stack makes in a home first of all."""

PRESENT = """
SELECT schema.name, to_regnamespace(schema.name) IS NOT NULL AS is_there,
    (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(schema.name)::oid) AS relations
FROM unnest($1::text[]) AS schema (name)
"""


class NotRestored(Exception):
    """A server or the disk did not do its part; the text says which."""


class SomethingThere(Exception):
    """What is to be restored into is not empty; the text says what is there and what to do."""


class NotReady(Exception):
    """The backup does not fit what it is to be restored into; the text says why and what to do."""


async def restore(home: Home, folder: Path, say: Say) -> Manifest:
    """Into this home, or into the servers that are named.

    NoBackup, BackupDamaged, NotReady, SomethingThere, AlreadyRunning: nothing was touched. NotRestored: a home is as
    empty as it was, and so is a database; a store of artefacts may have got some of them, and can be given them again.
    """
    servers = named_servers()
    with told(NotRestored):
        manifest, sums = await read_verified(folder, say)
        _refuse_what_is_newer(manifest)
        backup = Backup(folder, manifest, sums, say)
        if servers:
            await _into_servers(servers, backup)
        else:
            await _into_home(home, backup)
    return manifest


class Backup:
    """A backup that was checked, and how what is in it gets out."""

    def __init__(self, folder: Path, manifest: Manifest, sums: Sums, say: Say) -> None:
        self.folder = folder
        self.manifest = manifest
        self.say = say
        self.keys = [name.removeprefix(f"{ARTEFACTS}/") for name in sums if name.startswith(f"{ARTEFACTS}/")]
        self.home_files = [name for name in KEPT_IN_A_HOME if f"{HOME}/{name}" in sums]

    async def artefacts_into(self, url: str) -> None:
        store = Artefacts(url)
        self.say(f"the artefacts: {len(self.keys)} PDFs and layouts")

        async def put(key: str) -> None:
            await store.put(key, await asyncio.to_thread((self.folder / ARTEFACTS / key).read_bytes))

        await some_at_a_time(put, self.keys, Progress(self.say, "artefacts", len(self.keys)))

    async def database_into(self, url: str) -> None:
        self.say(f"the database: {self.manifest.certificates} certificates")
        await restore_dump(url, self.folder / DUMP, Progress(self.say, "tables", self.manifest.tables).step)


def _refuse_what_is_newer(manifest: Manifest) -> None:
    """An older database is brought up to date by the services when they start; nothing brings one back."""
    packages = {"kit": "services.kit.migrations", **{name: f"services.{name}.migrations" for name in SCHEMAS}}
    known = {f"{name}/{file.name}" for name, package in packages.items() for file in files(package).iterdir()}
    newer = sorted(set(manifest.migrations) - known)
    if newer:
        raise NotReady(f"the backup was made by a newer Laurel (it knows {newer[-1]}): restore it with that one")


# --- into a home


async def _into_home(home: Home, backup: Backup) -> None:
    with home.locked():
        _refuse_what_is_lived_in(home)
        site = Home(home.folder / BUILDING_SITE)
        # What a restore left behind that was killed.
        shutil.rmtree(site.folder, ignore_errors=True)
        site.folder.mkdir(mode=0o700)
        try:
            await _build(site, backup)
            await asyncio.to_thread(os.sync)
            _move_in(site, home)
        finally:
            shutil.rmtree(site.folder, ignore_errors=True)


def _refuse_what_is_lived_in(home: Home) -> None:
    found = [name for name in (*LIVED_IN, *KEPT_IN_A_HOME) if (home.folder / name).exists()]
    found += [ARTEFACTS] if any(home.artefacts.iterdir()) else []
    was_killed_moving_in = (home.folder / BUILDING_SITE).exists() and not set(found) & set(LIVED_IN)
    if found and not was_killed_moving_in:
        there = ", ".join(found)
        away = f"move it away first (mv {home.folder} {home.folder}.before), or set LAUREL_HOME to another folder"
        raise SomethingThere(f"{home.folder} is not empty, it has {there}: {away}")


async def _build(site: Home, backup: Backup) -> None:
    for name in backup.home_files:
        write_private(site.folder / name, json.loads((backup.folder / HOME / name).read_bytes()))
    if not backup.home_files:
        write_private(site.folder / "school.json", {"school": _only_school(backup.manifest.schools)})
    addresses = Addresses.of(site)
    site.artefacts.mkdir(mode=0o700)
    await backup.artefacts_into(addresses.artefacts)
    # A port of its own: the home's may be in use, by the stack that this one is tried beside.
    server = PostgresServer(site.folder / DATABASE_FOLDER, free_port(), addresses.passwords[POSTGRES])
    try:
        server.start()
        await create_database(server)
        await bootstrap(server.url(), {role: addresses.passwords[role] for role in SCHEMAS})
        await backup.database_into(server.url())
    finally:
        server.stop()


def _only_school(schools: Sequence[str]) -> str:
    if len(schools) != 1:
        many = f"{len(schools)} schools ({', '.join(schools)})"
        raise NotReady(f"the backup is of {many}, and an embedded stack is of one: restore it into servers")
    return schools[0]


def _move_in(site: Home, home: Home) -> None:
    """The database last: a home without one is none, and who was killed on the way begins again."""
    shutil.rmtree(home.artefacts)
    site.artefacts.rename(home.artefacts)
    for name in KEPT_IN_A_HOME:
        (site.folder / name).replace(home.folder / name)
    (site.folder / DATABASE_FOLDER).rename(home.folder / DATABASE_FOLDER)


# --- into servers


async def _into_servers(servers: Servers, backup: Backup) -> None:
    await _refuse_what_is_in(servers.postgres)
    strangers = set(await Artefacts(servers.artefacts).keys("")) - set(backup.keys)
    if strangers:
        some = min(strangers)
        raise SomethingThere(
            f"{servers.artefacts} has {len(strangers)} files that are not of this backup, such as {some}: "
            "give an empty folder or bucket, or another prefix in it"
        )
    await backup.artefacts_into(servers.artefacts)
    await backup.database_into(servers.postgres)


async def _refuse_what_is_in(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        rows = await connection.fetch(PRESENT, SCHEMAS)
    finally:
        await connection.close()
    missing = [row["name"] for row in rows if not row["is_there"]]
    if missing:
        told = f"the database has no schema {', '.join(missing)}"
        raise NotReady(f"{told}: make the roles and schemas first (docs/running.md, Before the first start)")
    full = [row["name"] for row in rows if row["relations"]]
    if full:
        told = f"the database has tables already, in {', '.join(full)}"
        raise SomethingThere(f"{told}: give an empty database, and do not start the services before it is restored")
