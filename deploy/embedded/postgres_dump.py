"""`pg_dump` and `pg_restore` as the wheel brings them: for the embedded Postgres and for any other server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from deploy.embedded.postgres import SCHEMAS
from deploy.embedded.postgres_binaries import binaries

ONLY_OURS = tuple(f"--schema={schema}" for schema in SCHEMAS)
SAID_AT_THE_END = 5
"""Lines of a tool that failed which a person is shown."""


class ToolFailed(Exception):
    """The text is what the tool said at its end."""


async def dump(url: str, snapshot: str, file: Path, on_table: Callable[[], None]) -> None:
    """The services' schemas as they are in the exported snapshot: tables, rows, sequences, owners. ToolFailed."""
    options = ("--format=custom", f"--snapshot={snapshot}", f"--file={file}")
    await _run("pg_dump", url, (*options, *ONLY_OURS), "dumping contents of table", on_table)


async def restore_dump(url: str, file: Path, on_table: Callable[[], None]) -> None:
    """Into schemas that are there and empty, in one transaction: all of it or nothing. ToolFailed.

    With a name for each schema `pg_restore` brings what is in them and leaves the schemas themselves alone.
    It drops nothing, so a table that somebody made meanwhile ends it.
    """
    options = ("--single-transaction", "--exit-on-error", "--no-privileges")
    await _run("pg_restore", url, (*options, *ONLY_OURS, str(file)), "processing data for table", on_table)


async def _run(tool: str, url: str, options: tuple[str, ...], mark: str, on_mark: Callable[[], None]) -> None:
    """The tool, told of the password where no list of processes shows it."""
    where, password = _without_password(url)
    process = await asyncio.create_subprocess_exec(
        str(binaries() / tool),
        f"--dbname={where}",
        "--no-password",
        "--verbose",
        *options,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})},
    )
    assert process.stderr is not None
    said: list[str] = []
    try:
        async for line in process.stderr:
            text = line.decode(errors="replace").strip()
            said = [*said[1 - SAID_AT_THE_END :], text]
            if mark in text:
                on_mark()
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if code != 0:
        raise ToolFailed("\n".join(said))


def _without_password(url: str) -> tuple[str, str | None]:
    parts = urlsplit(url)
    account, at, place = parts.netloc.rpartition("@")
    user = account.partition(":")[0]
    return parts._replace(netloc=f"{user}{at}{place}").geturl(), unquote(parts.password) if parts.password else None
