"""Postgres and the artefact store: are they there, is there room, and does what was committed leave?"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
from obstore.exceptions import BaseError

from deploy.doctor import mails
from deploy.doctor.findings import Finding, is_long_ago, since_when
from deploy.doctor.patient import Patient
from services.kit.artefacts import Artefacts
from services.kit.settling import describe

CONNECT_S = 5.0
LEAST_FREE_BYTES = 1 << 30
GIB = 1 << 30

OUTBOXES = """
SELECT nspname AS schema FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relname = 'outbox' AND has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT')
ORDER BY nspname
"""
IS_HELD_BACK = "published as soon as the broker takes it: see the broker, below, and {log}"


async def examine(patient: Patient) -> AsyncIterator[Finding]:
    if patient.postgres_url:
        async for finding in _postgres(patient, patient.postgres_url):
            yield finding
    if patient.artefacts_url:
        yield await _artefacts(patient.artefacts_url)


async def _postgres(patient: Patient, url: str) -> AsyncIterator[Finding]:
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_S, command_timeout=CONNECT_S)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        where = urlsplit(url).netloc.rpartition("@")[2]
        says = f"does not answer at {where} ({describe(error)}); nothing goes on without it, and nothing is lost"
        yield Finding(
            "postgres", says, "start Postgres (`make up` starts the whole stack), or mend LAUREL_POSTGRES_URL"
        )
        return
    try:
        yield Finding("postgres", f"{connection.get_server_version().major} answers")
        for row in await connection.fetch(OUTBOXES):
            yield await _outbox(patient, connection, row["schema"])
        async for finding in mails.examine(patient, connection):
            yield finding
    finally:
        await connection.close(timeout=CONNECT_S)


async def _outbox(patient: Patient, connection: asyncpg.Connection[asyncpg.Record], schema: str) -> Finding:
    # The name is one of the catalogue's own.
    row = await connection.fetchrow(f'SELECT count(*) AS waiting, min(created_at) AS since FROM "{schema}".outbox')  # noqa: S608
    assert row is not None
    about = f"{schema}'s outbox"
    if not row["waiting"]:
        return Finding(about, "nothing waits to be published")
    says = f"{row['waiting']:,} messages wait to be published, {since_when(row['since'])}"
    if not is_long_ago(row["since"]):
        return Finding(about, says)
    return Finding(about, says, IS_HELD_BACK.format(log=patient.log_of(schema)))


async def _artefacts(url: str) -> Finding:
    try:
        await Artefacts(url).ready()
    except (OSError, BaseError) as error:
        remedy = "nothing is printed or shown without it: mend it, or LAUREL_ARTEFACTS_URL"
        return Finding("artefact store", f"cannot be read ({describe(error)})", remedy)
    if not url.startswith("file:"):
        return Finding("artefact store", "answers")
    free = shutil.disk_usage(Path(unquote(urlsplit(url).path))).free
    says = f"answers; {free / GIB:,.1f} GiB are free"
    return Finding(
        "artefact store", says, "make room: a certificate takes about 110 KB" if free < LEAST_FREE_BYTES else None
    )
