"""A broker that runs and keeps nothing any more is noticed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import nats
import nats.errors
import pytest
from nats.aio.client import Client

from contracts.catalogue import SCHOOL
from contracts.topology import COMMANDS, STREAMS
from deploy import wellbeing
from deploy.embedded import loopback
from deploy.embedded.nats import NatsServer
from deploy.embedded.process import free_port
from deploy.supervision import Child, PythonChild, keep_alive
from services.kit.broker import Bus
from services.kit.provision import provision
from services.kit.telemetry import Metrics
from tests.conftest import PASSWORDS
from tests.school import INBOX, SCHOOL_ID, SchoolSystem
from tests.waiting import eventually

pytestmark = pytest.mark.heavy


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    bus = Bus("progression", nats_server.url("progression"), Metrics())
    await bus.start()
    yield bus
    await bus.stop()


@contextlib.asynccontextmanager
async def supervised(child: Child) -> AsyncIterator[list[str]]:
    """What the supervisor says."""
    said: list[str] = []
    watching = asyncio.create_task(keep_alive(child, said.append))
    try:
        yield said
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def test_a_broker_in_use_is_well(nats_server: NatsServer, school: SchoolSystem) -> None:
    await school.command("roster.cmd.put_teacher", {"teacher_id": "t1", "name": "Ana"})
    assert nats_server.ailment() is None
    assert nats_server.is_current()


async def test_a_broker_that_was_stopped_does_not_answer(nats_server: NatsServer) -> None:
    nats_server.stop()
    assert nats_server.ailment() == "does not answer"


async def test_a_broker_whose_files_were_deleted_is_ill_although_it_says_that_all_is_well(
    nats_server: NatsServer,
) -> None:
    shutil.rmtree(nats_server.store)
    assert nats_server.is_current()
    assert nats_server.ailment() == f"has lost the files of {', '.join(sorted(stream.name for stream in STREAMS))}"


async def test_a_broker_whose_files_were_deleted_is_started_again_and_can_be_furnished_anew(
    nats_server: NatsServer, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_server, "patience_s", 0.5)
    born = (await bus.jetstream.stream_info(COMMANDS.name)).created
    async with supervised(nats_server) as said:
        shutil.rmtree(nats_server.store)

        async def furnished() -> bool:
            with contextlib.suppress(nats.errors.Error):
                return (await provision(bus.client.jetstream(timeout=1)))[COMMANDS.name] != born
            return False

        await eventually(furnished)
        assert nats_server.ailment() is None
    assert said[0].startswith("NATS has lost the files of COMMANDS, DEAD_LETTERS")


@pytest.mark.heavy
async def test_a_service_that_does_not_answer_any_more_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loopback, "TIMEOUT_S", 0.5)
    monkeypatch.setattr(wellbeing, "STOP_PATIENCE_S", 0.5)
    variables = {"LAUREL_MAIL_FOLDER": str(tmp_path / "mail"), "LAUREL_SMTP_PORT": str(free_port())}
    port = free_port()
    inbox = PythonChild("inbox", "deploy.inbox", tmp_path / "inbox.log", variables, port)
    inbox.patience_s = 1.0
    inbox.start()
    try:
        async with httpx.AsyncClient() as client, supervised(inbox) as said:
            await inbox.until_ready(client)
            hanging = inbox.process
            assert hanging is not None

            async def well() -> bool:
                return await asyncio.to_thread(inbox.ailment) is None

            await eventually(well)
            hanging.send_signal(signal.SIGSTOP)

            async def another() -> bool:
                return inbox.process is not hanging

            await eventually(another, within=30)
            await inbox.until_ready(client)
        assert said[0] == "inbox does not answer, for 1 s now: ending it"
    finally:
        inbox.stop()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        # Lazily, so that nothing is left mounted even if a server still runs there.
        subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.heavy
async def test_a_broker_with_a_full_disk_is_started_again_until_it_can_write_and_has_kept_all_that_it_acknowledged(
    small_disk: Path, tmp_path: Path
) -> None:
    server = NatsServer(small_disk, free_port(), PASSWORDS, SCHOOL_ID)
    server.log = tmp_path / "nats.log"
    server.patience_s = 1.0
    server.start()
    bus = Bus("progression", server.url("progression"), Metrics())
    await bus.start()
    try:
        await provision(bus.jetstream)
        school = await nats.connect(
            server.url(SCHOOL), inbox_prefix=INBOX, max_reconnect_attempts=-1, reconnect_time_wait=0.2
        )
        async with supervised(server) as said:
            for _ in range(acknowledged := 100):
                await publish(school)
            fill(small_disk / "ballast")
            acknowledged += await publish_until_refused(school)

            async def tried_again() -> bool:
                return sum("ending it" in line for line in said) >= 2

            # Started on the full disk, it fails once more: only its own messages make it try.
            while not await tried_again():
                acknowledged += await publish_until_refused(school)
            (small_disk / "ballast").unlink()

            async def taken() -> bool:
                with contextlib.suppress(nats.errors.Error):
                    await publish(school)
                    return True
                return False

            await eventually(taken, within=30)
        kept = (await bus.jetstream.stream_info(COMMANDS.name)).state.messages
        assert kept > acknowledged
        assert any("cannot write" in line and "no space left on device" in line for line in said)
        await school.close()
    finally:
        await bus.stop()
        server.stop()


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))


async def publish_until_refused(school: Client) -> int:
    """How many were acknowledged."""
    acknowledged = 0
    with contextlib.suppress(nats.errors.Error):
        while True:
            await publish(school)
            acknowledged += 1
    return acknowledged


async def publish(school: Client) -> None:
    await school.jetstream().publish("roster.cmd.put_teacher.v1.demo", bytes(1000), timeout=1)
