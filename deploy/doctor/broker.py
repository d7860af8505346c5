"""NATS: does it answer, are the streams and durables there, and is what they hold being read?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import urlsplit

import nats.errors
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from contracts.topology import DURABLES, STREAMS, Durable
from deploy.doctor.findings import Finding, is_long_ago, since_when
from deploy.doctor.patient import Patient
from services.kit.broker import Bus
from services.kit.settling import describe

MADE_BY_ITSELF = "progression makes it within seconds: see that progression runs ({log})"


def is_away(patient: Patient, error: BaseException) -> Finding:
    where = ", ".join(urlsplit(url).netloc.rpartition("@")[2] for url in patient.nats_url.split(","))
    says = f"does not answer at {where} ({describe(error).rstrip(': ')}); nothing that goes through it can be looked at"
    return Finding("broker", says, "start NATS (`make up` starts the whole stack), or mend LAUREL_NATS_URL")


async def examine(patient: Patient, bus: Bus) -> AsyncIterator[Finding]:
    version = bus.client.connected_server_version
    yield Finding("broker", f"NATS {version.major}.{version.minor}.{version.patch} answers")
    try:
        yield await _streams(patient, bus.jetstream)
        for durable in DURABLES:
            yield await _durable(patient, bus.jetstream, durable)
    except (OSError, TimeoutError, nats.errors.Error) as error:
        says = f"JetStream does not answer ({describe(error)})"
        yield Finding(
            "broker", says, "see that its disk is there and not full, and restart it: nothing is lost by that"
        )


async def _streams(patient: Patient, jetstream: JetStreamContext) -> Finding:
    kept: list[str] = []
    for stream in STREAMS:
        try:
            info = await jetstream.stream_info(stream.name)
        except NotFoundError:
            return Finding("streams", f"{stream.name} is missing", _made_by_itself(patient))
        kept.append(f"{stream.name} {info.state.messages:,}")
    return Finding("streams", ", ".join(kept))


async def _durable(patient: Patient, jetstream: JetStreamContext, durable: Durable) -> Finding:
    try:
        info = await jetstream.consumer_info(durable.stream, durable.name)
    except NotFoundError:
        return Finding(durable.name, "is missing", _made_by_itself(patient))
    waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
    if not waiting:
        return Finding(durable.name, "nothing waits")
    since = await _oldest(jetstream, durable, info)
    says = f"{waiting:,} wait" + (f", {since_when(since)}" if since else "")
    if not is_long_ago(since):
        return Finding(durable.name, says)
    return Finding(durable.name, says, _why_unread(patient, durable, info))


async def _oldest(jetstream: JetStreamContext, durable: Durable, info: ConsumerInfo) -> datetime | None:
    """When the message came that has waited longest."""
    after = info.ack_floor.stream_seq if info.ack_floor else 0
    found = [await _first_after(jetstream, durable.stream, subject, after) for subject in durable.subjects]
    return min((moment for moment in found if moment), default=None)


async def _first_after(jetstream: JetStreamContext, stream: str, subject: str, seq: int) -> datetime | None:
    try:
        return (await jetstream.get_msg(stream, seq=seq + 1, subject=subject, next=True)).time
    except NotFoundError:
        return None


def _why_unread(patient: Patient, durable: Durable, info: ConsumerInfo) -> str:
    log = patient.log_of(durable.service)
    if not info.num_waiting and not info.num_ack_pending:
        return f"nobody reads it: start {durable.service}, and see {log}"
    return f"it is read, and does not get less: see {log}; more of {durable.service} may help"


def _made_by_itself(patient: Patient) -> str:
    return MADE_BY_ITSELF.format(log=patient.log_of("progression"))
