"""The services: what each process says of its parts, and whether each answers over the broker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from contracts.base import Body
from contracts.catalogue import LAYOUTS, MAILS, PUBLISHED, SUMMARY, QueryType
from contracts.mail_queries import AskVersions
from contracts.queries import Everything
from deploy.doctor.findings import Finding
from deploy.doctor.patient import Patient
from deploy.embedded import loopback
from services.kit.broker import Bus, NobodyAnswered, QueryRefused

NO_VERSIONS = AskVersions(versions=())
QUESTIONS: tuple[tuple[QueryType[Any, Any], Body], ...] = (
    (SUMMARY, Everything()),
    (LAYOUTS, Everything()),
    (PUBLISHED, NO_VERSIONS),
    (MAILS, NO_VERSIONS),
)
"""One to each service that answers any."""


def examine_processes(patient: Patient) -> list[Finding]:
    return [_process(patient, name, port) for name, port in patient.ports.items()]


def _process(patient: Patient, name: str, port: int) -> Finding:
    try:
        status, body = loopback.get(port, "/readyz")
    except loopback.NO_ANSWER:
        return Finding(name, f"does not answer on port {port}", f"see {patient.log_of(name)}, and start it (`make up`)")
    if status == httpx.codes.OK:
        return Finding(name, "is ready")
    parts = ", ".join(part for part, is_ready in json.loads(body).items() if not is_ready)
    return Finding(name, f"runs, without: {parts}", f"see whether those are well, and {patient.log_of(name)}")


async def examine_answers(patient: Patient, bus: Bus) -> AsyncIterator[Finding]:
    for query, question in QUESTIONS:
        yield await _answer(patient, bus, query, question)


async def _answer(patient: Patient, bus: Bus, query: QueryType[Any, Any], question: Body) -> Finding:
    name = query.service
    try:
        await bus.ask(query, patient.school_id, question)
    except NobodyAnswered:
        return Finding(name, "does not answer over the broker", f"start {name}, and see {patient.log_of(name)}")
    except QueryRefused as refused:
        if refused.code == "unknown_school":
            remedy = "set LAUREL_SCHOOL to the id of a school that was put, or put this one"
            return Finding(name, f"answers that it knows no school “{patient.school_id}”", remedy)
        return Finding(name, f"answers: {refused}", f"see {patient.log_of(name)}")
    return Finding(name, "answers over the broker")
