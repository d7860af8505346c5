"""All that is kept anywhere, as it is found from outside: every column of every table, every file, every message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import asyncpg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from contracts.topology import STREAMS

Kept = tuple[str, str]
"""Where it is, and what it says."""


async def rows(superuser_url: str) -> AsyncIterator[Kept]:
    """Every row of every table, whosever, all its columns as text; what is in JSON, too."""
    connection = await asyncpg.connect(superuser_url)
    try:
        tables = await connection.fetch(
            "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        for table in tables:
            for row in await connection.fetch(f"SELECT kept, kept::text AS said FROM {table['name']} AS kept"):
                raw = [value.decode(errors="replace") for value in row["kept"].values() if isinstance(value, bytes)]
                yield table["name"], " ".join([row["said"], *raw])
    finally:
        await connection.close()


async def messages(jetstream: JetStreamContext) -> AsyncIterator[Kept]:
    """Every message of every stream, with its headers."""
    for stream in STREAMS:
        sequence = 0
        while True:
            try:
                found = await jetstream.get_msg(stream.name, seq=sequence + 1, subject=">", next=True)
            except NotFoundError:
                break
            assert found.seq is not None
            sequence = found.seq
            body = (found.data or b"").decode(errors="replace")
            yield f"{stream.name} {found.subject}", f"{body} {found.headers or ''}"


def files(*folders: Path) -> Iterable[Kept]:
    """Every file and folder below, by its path and its bytes."""
    for folder in folders:
        for path in folder.rglob("*"):
            said = path.read_bytes().decode(errors="replace") if path.is_file() else ""
            yield str(path), f"{path.relative_to(folder)} {said}"


def telling(kept: Iterable[Kept], *words: str) -> list[str]:
    """Where any of the words stands."""
    return sorted({where for where, said in kept if any(word in said for word in words)})
