"""The embedded stack as a whole: what it promises to whoever starts it."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import nats.errors
import pytest

from contracts.catalogue import SUMMARY
from contracts.envelope import id_from
from contracts.permissions import SERVICES
from contracts.queries import Everything, Summary
from deploy.addresses import Addresses
from deploy.demo.school import seed_commands
from deploy.endpoints import Endpoints
from deploy.school_system import SchoolSystem, Unanswered
from deploy.seed import seed_demo_school
from tests.system.conftest import StackProcess
from tests.waiting import eventually

PROMISED = {"nats", "staff", "portal", "inbox", "smtp", "postgres", "school", "staff_user", "staff_password"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    """An empty stack beside the shared one, to be treated roughly."""
    running = StackProcess(tmp_path_factory.mktemp("other") / "home")
    running.until_ready()
    yield running
    if running.process.poll() is None:
        running.stop()


def processes_of(stack: StackProcess) -> dict[int, str]:
    """Command lines by process id, of all that was started for this home."""
    mark = f"LAUREL_HOME={stack.home.folder}".encode()
    found: dict[int, str] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it ended meanwhile, or is another user's
            continue
    return found


def process_of(stack: StackProcess, command: str) -> int | None:
    """The oldest whose command line has this in it."""
    return min((pid for pid, line in processes_of(stack).items() if command in line), default=None)


async def answers(url: str) -> bool:
    async with httpx.AsyncClient(timeout=5) as client:
        try:
            return (await client.get(url)).status_code < 500
        except httpx.HTTPError:
            return False


async def summary(endpoints: Endpoints) -> Summary:
    async with SchoolSystem.connected(endpoints.nats, endpoints.school) as system:
        return await system.ask(SUMMARY, Everything())


def test_endpoints_are_exactly_those_promised_and_for_the_owner_alone(stack: StackProcess) -> None:
    written = json.loads(stack.home.endpoints.read_text())
    assert set(written) == PROMISED
    assert stat.S_IMODE(stack.home.endpoints.stat().st_mode) == 0o600


@pytest.mark.heavy
def test_mails_and_webhooks_give_way_to_who_stands_at_the_counter(other: StackProcess) -> None:
    niceness = {
        name: os.getpriority(os.PRIO_PROCESS, pid)
        for name in ("deploy.inbox", *(f"services.{service}" for service in SERVICES))
        if (pid := process_of(other, name)) is not None
    }
    given = os.getpriority(os.PRIO_PROCESS, other.process.pid)
    assert {name for name, nice in niceness.items() if nice > given} == {
        "deploy.inbox",
        "services.notification",
        "services.webhooks",
    }
    assert len(niceness) == len(SERVICES) + 1


async def test_the_demo_school_has_something_to_look_at(endpoints: Endpoints) -> None:
    waiting = await summary(endpoints)
    assert waiting.certificates_to_issue > 0
    assert waiting.blocked > 0


def test_a_second_stack_in_the_same_home_says_where_the_first_is(stack: StackProcess) -> None:
    second = StackProcess(stack.home.folder)
    assert second.process.wait(30) == 1
    assert "already running" in second.said
    assert str(stack.home.endpoints) in second.said


@pytest.mark.heavy
async def test_two_stacks_run_side_by_side(endpoints: Endpoints, other: StackProcess) -> None:
    beside = other.until_ready()
    for name in ("nats", "staff", "portal", "inbox", "smtp", "postgres"):
        assert getattr(beside, name) != getattr(endpoints, name)
    assert await answers(beside.staff)
    assert await answers(endpoints.staff)


async def test_seeding_again_changes_nothing(other: StackProcess) -> None:
    endpoints = other.until_ready()
    await seed_demo_school(endpoints, date(2025, 3, 1))
    before = await summary(endpoints)
    again = [(body, id_from("demo-seed", endpoints.school, *key)) for key, body in seed_commands(date(2025, 4, 1))]
    async with SchoolSystem.connected(endpoints.nats, endpoints.school) as system:
        await system.send(*again)
    await seed_demo_school(endpoints, date(2025, 5, 1))
    assert await summary(endpoints) == before


@pytest.mark.parametrize("module", ["services.staff", "services.progression", "deploy.inbox"])
async def test_a_killed_service_comes_back(other: StackProcess, module: str) -> None:
    killed = process_of(other, f"-m {module}")
    assert killed
    os.kill(killed, signal.SIGKILL)

    name = module.rpartition(".")[2]
    port = Addresses.of(other.home).ports[name]

    async def is_back() -> bool:
        return process_of(other, f"-m {module}") not in (killed, None) and await answers(
            f"http://127.0.0.1:{port}/readyz"
        )

    await eventually(is_back, within=60)
    assert f"{name} was killed (SIGKILL): starting it again" in other.said


@pytest.mark.parametrize(("command", "name"), [("bin/nats-server", "NATS"), ("bin/postgres", "Postgres")])
async def test_a_killed_server_comes_back_with_what_it_knew(other: StackProcess, command: str, name: str) -> None:
    endpoints = other.until_ready()
    before = await summary(endpoints)
    killed = process_of(other, command)
    assert killed
    os.kill(killed, signal.SIGKILL)

    async def is_told() -> bool:
        return f"{name} was killed (SIGKILL): starting it again" in other.said

    async def answers_as_before() -> bool:
        try:
            return await summary(endpoints) == before
        except (OSError, Unanswered, nats.errors.Error):
            return False

    await eventually(is_told)
    await eventually(answers_as_before, within=60)


@pytest.mark.heavy
async def test_a_killed_stack_starts_again_on_its_ports_and_a_stopped_one_leaves_nothing(other: StackProcess) -> None:
    before = other.until_ready()
    other.process.kill()
    other.process.wait()
    again = StackProcess(other.home.folder)
    assert again.until_ready() == before
    assert len(processes_of(again)) > 8

    assert again.stop(signal.SIGTERM) == 0
    assert not again.home.endpoints.exists()

    async def all_gone() -> bool:
        return not processes_of(again)

    await eventually(all_gone, within=5, what=str(processes_of(again)))
