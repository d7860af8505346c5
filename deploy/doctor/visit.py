"""The whole examination, in the order in which one thing stands on the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import nats.errors

from contracts.permissions import PROVISIONER
from deploy.doctor import broker, services, stores, waiting
from deploy.doctor.findings import Finding
from deploy.doctor.patient import Patient
from deploy.trust import nats_ca_file
from services.kit.broker import Bus
from services.kit.telemetry import Metrics

CONNECT_S = 5.0


async def examine(patient: Patient) -> AsyncIterator[Finding]:
    """Each finding as soon as it is there. Nothing is changed, and nothing that is away is waited for."""
    async for finding in stores.examine(patient):
        yield finding
    for finding in await asyncio.to_thread(services.examine_processes, patient):
        yield finding
    bus = Bus(PROVISIONER, patient.nats_url, Metrics(), nats_ca_file())
    try:
        async with asyncio.timeout(CONNECT_S):
            await bus.start()
    except (OSError, TimeoutError, nats.errors.Error) as error:
        yield broker.is_away(patient, error)
        return
    try:
        async for finding in broker.examine(patient, bus):
            yield finding
        async for finding in services.examine_answers(patient, bus):
            yield finding
        async for finding in waiting.examine(patient, bus):
            yield finding
    finally:
        await bus.stop()
