"""`laurel doctor` says what is wrong, since when, and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from contracts.catalogue import SCHOOL
from contracts.permissions import PROVISIONER
from contracts.topology import COMMANDS, NOTIFICATION_COMMANDS, RENDERING_ISSUE
from deploy.doctor import Finding, Patient, examine, findings
from deploy.embedded.nats import NatsServer
from deploy.embedded.process import free_port
from deploy.endpoints import NotRunning
from deploy.home import Home
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.progression.app import build_app
from services.progression.settings import Settings
from tests.conftest import TestDatabase
from tests.running import running
from tests.school import SCHOOL_ID, SchoolSystem
from tests.waiting import eventually

OUTBOX_ROW = (
    "INSERT INTO outbox (subject, headers, body, created_at)"
    " VALUES ('certificates.evt.issued.v1.demo', '{}', '{}', now() - interval '12 minutes')"
)


@pytest.fixture
async def patient(nats_server: NatsServer, database: TestDatabase, tmp_path: Path) -> AsyncIterator[Patient]:
    """progression runs, in a school; nobody else does."""
    settings = Settings(nats_url=nats_server.url("progression"), postgres_url=database.url("progression"))
    async with running(build_app(settings)):
        school = await SchoolSystem.connect(nats_server.url(SCHOOL))
        await school.command("roster.cmd.put_school", {"name": "Kauri Coast", "time_zone": "Pacific/Auckland"})

        async def known() -> bool:
            return "error" not in await school.ask("progression.query.school")

        await school.until(known)
        await school.close()
        yield Patient(
            SCHOOL_ID,
            nats_server.url(PROVISIONER),
            database.url("progression"),
            (tmp_path / "artefacts").as_uri(),
        )


async def found(patient: Patient) -> dict[str, list[Finding]]:
    by_name: dict[str, list[Finding]] = {}
    async for finding in examine(patient):
        by_name.setdefault(finding.about, []).append(finding)
    return by_name


async def test_what_is_well_needs_nobody(patient: Patient) -> None:
    all_found = await found(patient)
    for about in ("postgres", "broker", "streams", "artefact store", "progression", "rendering-issue", "dead letters"):
        assert [finding.remedy for finding in all_found[about]] == [None], about


async def test_a_service_that_does_not_answer_is_named_with_what_to_do(patient: Patient) -> None:
    all_found = await found(patient)
    for service in ("rendering", "portal", "notification"):
        [finding] = all_found[service]
        assert finding.says == "does not answer over the broker"
        assert finding.remedy is not None
        assert finding.remedy.startswith(f"start {service}")


async def test_what_nobody_reads_is_told_with_how_much_and_since_when(
    patient: Patient, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "SINCE_LONG", timedelta(0))
    bus = Bus(PROVISIONER, nats_server.url(PROVISIONER), Metrics())
    await bus.start()
    await bus.jetstream.publish(f"certificates.cmd.issue.v1.{SCHOOL_ID}", b"{}", stream=COMMANDS.name)
    await bus.stop()
    [finding] = (await found(patient))[RENDERING_ISSUE.name]
    assert finding.says.startswith("1 wait, since ")
    assert finding.remedy is not None
    assert finding.remedy.startswith("nobody reads it: start rendering")


async def test_a_missing_durable_is_told(patient: Patient, nats_server: NatsServer) -> None:
    bus = Bus(PROVISIONER, nats_server.url(PROVISIONER), Metrics())
    await bus.start()

    async def seen_missing() -> Finding | None:
        # progression makes it anew within a second: it is taken away until the doctor comes in between.
        await bus.jetstream.delete_consumer(NOTIFICATION_COMMANDS.stream, NOTIFICATION_COMMANDS.name)
        [finding] = (await found(patient))[NOTIFICATION_COMMANDS.name]
        return finding if finding.says == "is missing" else None

    finding = await eventually(seen_missing)
    await bus.stop()
    assert finding.remedy is not None
    assert "progression makes it" in finding.remedy


@pytest.mark.heavy
async def test_messages_that_do_not_leave_the_outbox_are_told(
    patient: Patient, nats_server: NatsServer, database: TestDatabase
) -> None:
    nats_server.stop()
    connection = await asyncpg.connect(database.url("progression"), server_settings={"search_path": "progression"})
    await connection.execute(OUTBOX_ROW)
    await connection.close()
    [finding] = (await found(patient))["progression's outbox"]
    nats_server.start()
    assert finding.says.startswith("1 messages wait to be published, since ")
    assert finding.says.endswith("(12 min)")
    assert finding.remedy is not None


async def test_a_message_that_was_kept_aside_is_told_with_its_reason(patient: Patient, school: SchoolSystem) -> None:
    await school.command("roster.cmd.put_teacher", b"{broken")

    async def told() -> Finding | None:
        [finding] = (await found(patient))["dead letters"]
        return None if finding.is_well else finding

    finding = await eventually(told)
    assert "not JSON" in finding.says
    assert finding.says.startswith("1, since ")


@pytest.mark.heavy
async def test_a_broker_that_is_away_is_named_by_its_address_and_ends_the_visit(patient: Patient) -> None:
    port = free_port()
    away = Patient(SCHOOL_ID, f"nats://user:secret@127.0.0.1:{port}", patient.postgres_url)
    all_found = await found(away)
    [finding] = all_found["broker"]
    assert f"127.0.0.1:{port}" in finding.says
    assert "secret" not in finding.says
    assert finding.remedy is not None
    assert RENDERING_ISSUE.name not in all_found


async def test_postgres_that_is_away_is_told_and_the_rest_is_looked_at(patient: Patient) -> None:
    away = Patient(SCHOOL_ID, patient.nats_url, f"postgresql://user:secret@127.0.0.1:{free_port()}/laurel")
    all_found = await found(away)
    [finding] = all_found["postgres"]
    assert not finding.is_well
    assert "secret" not in finding.says
    assert all_found["broker"][0].is_well


def test_a_home_without_a_stack_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="no stack was ever started"):
        Patient.of(Home(tmp_path), environment={})
