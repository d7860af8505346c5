"""Each service is a process of its own: `python -m services.<name>`, told by variables, stopped by SIGTERM."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from contracts.permissions import PROVISIONER, SERVICES
from deploy.embedded.nats import NatsServer
from deploy.embedded.postgres import SCHEMAS
from deploy.embedded.process import free_port, spawn, stop
from tests.conftest import TestDatabase
from tests.waiting import eventually


@asynccontextmanager
async def process(
    name: str, nats_server: NatsServer, database: TestDatabase, folder: Path
) -> AsyncIterator[tuple[subprocess.Popen[bytes], str]]:
    """The running service and its URL."""
    port = free_port()
    variables = {
        "LAUREL_NATS_URL": nats_server.url(name),
        "LAUREL_HTTP_PORT": str(port),
        "LAUREL_PORTAL_URL": "https://portal.example",
        "LAUREL_ARTEFACTS_URL": f"file://{folder}/artefacts",
        "LAUREL_SMTP_URL": "smtp://127.0.0.1:9",
        "LAUREL_MAIL_FROM": "certificates@school.example",
        **({"LAUREL_POSTGRES_URL": database.url(name)} if name in SCHEMAS else {}),
    }
    running = spawn([sys.executable, "-m", f"services.{name}"], folder / f"{name}.log", variables)
    try:
        yield running, f"http://127.0.0.1:{port}"
    finally:
        stop(running, signal.SIGKILL)


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_becomes_ready_shows_its_figures_and_stops_when_asked(
    name: str, nats_server: NatsServer, database: TestDatabase, tmp_path: Path
) -> None:
    async with process(name, nats_server, database, tmp_path) as (service, url), httpx.AsyncClient() as client:

        async def ready() -> bool:
            try:
                return (await client.get(f"{url}/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(ready, within=60, what=(tmp_path / f"{name}.log").read_text())
        assert (await client.get(f"{url}/healthz")).text == "ok\n"
        assert "laurel_messages_handled" in (await client.get(f"{url}/metrics")).text
        assert stop(service, signal.SIGTERM) == 0


@pytest.mark.heavy
async def test_a_service_that_waits_for_its_servers_stops_when_asked(
    nats_server: NatsServer, database: TestDatabase, tmp_path: Path
) -> None:
    nats_server.stop()
    log = tmp_path / "portal.log"
    async with process("portal", nats_server, database, tmp_path) as (service, _):

        async def waiting() -> bool:
            return "broker_not_there_yet" in log.read_text()

        await eventually(waiting, within=60)
        assert stop(service, signal.SIGTERM, patience_s=10) == 0


@pytest.mark.heavy
async def test_a_service_waits_for_servers_that_are_not_there_yet_and_says_so(
    nats_server: NatsServer, database: TestDatabase, tmp_path: Path
) -> None:
    nats_server.stop()
    log = tmp_path / f"{PROVISIONER}.log"
    async with process(PROVISIONER, nats_server, database, tmp_path) as (service, url), httpx.AsyncClient() as client:

        async def waiting() -> bool:
            return log.exists() and "broker_not_there_yet" in log.read_text()

        await eventually(waiting, within=60)
        assert service.poll() is None
        nats_server.start()

        async def ready() -> bool:
            try:
                return (await client.get(f"{url}/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(ready, within=60)
