"""Freeze what will stand on the papers, take numbers, and enter them in the register."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from contracts.base import CertificateKind, EmailPolicy
from contracts.envelope import id_from
from services.kit.telemetry import current_traceparent
from services.progression.audit import Entry, record
from services.progression.domain import (
    Layout,
    Level,
    Print,
    Progression,
    Refusal,
    Student,
    Teacher,
    certificate_number,
    local_date,
    objections,
    refuse,
)
from services.progression.store import load_teacher, sql
from services.progression.work import Work

CODE_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
CODE_LENGTH = 16
"""16 letters of 32: 80 bits, too many to guess, few enough to type from paper."""


@dataclass(frozen=True, slots=True)
class Request:
    """A certificate that somebody asked for, before it has a number."""

    certificate_id: str
    kind: CertificateKind
    student: Student
    teacher: Teacher
    layout: Layout
    title: str
    requested_by: str
    level: Level | None = None
    progression_id: str | None = None
    run_id: str | None = None
    notes: str | None = None
    issue_date: date | None = None
    email: EmailPolicy = "send"
    send_after: datetime | None = None


async def issue_level_certificate(
    work: Work, progression: Progression, student: Student, level: Level, layout: Layout, *, requested_by: str
) -> None:
    """The certificate of a level that issues by itself; one that its layout cannot print waits for a person."""
    teacher = await load_teacher(work.connection, work.school_id, progression.teacher_id)
    assert teacher is not None
    request = level_request(work, progression, student, level, layout, teacher, requested_by=requested_by)
    if objections(layout, texts_of(work, request)):
        return
    await issue(work, [request])


def level_request(
    work: Work,
    progression: Progression,
    student: Student,
    level: Level,
    layout: Layout,
    teacher: Teacher,
    *,
    requested_by: str,
) -> Request:
    """What a pending progression asks for; a run adds its own wishes."""
    return Request(
        certificate_id=certificate_id_of(work.school_id, progression),
        kind="level",
        student=student,
        teacher=teacher,
        layout=layout,
        title=level.name,
        level=level,
        progression_id=progression.progression_id,
        requested_by=requested_by,
    )


def certificate_id_of(school_id: str, progression: Progression) -> str:
    """One progression is one certificate, however often it is asked for; after it was taken back it is another."""
    again = [progression.taken_back] if progression.taken_back else []
    return id_from("certificate", school_id, progression.progression_id, *again)


def texts_of(work: Work, request: Request) -> dict[str, str | None]:
    """The texts that could be too long for the layout."""
    return {
        "recipient_name": request.student.name,
        "title": request.title,
        "level_name": request.level.name if request.level else None,
        "teacher_name": request.teacher.name,
        "school_name": work.school.name,
        "notes": request.notes,
    }


async def issue(work: Work, requests: Sequence[Request], *, urgent: bool = False) -> None:
    """Enter the certificates in the register, each with its first version, which goes to rendering from there.

    Refusal where one of them exists already. `urgent`: somebody waits for it; it goes before the runs.
    """
    await _are_new(work, requests)
    papers = await _freeze(work, requests)
    await sql.add_certificates(
        work.connection,
        school_id=work.school_id,
        certificate_ids=[request.certificate_id for request in requests],
        numbers=[paper.number for paper in papers],
        verify_urls=[paper.verify_url for paper in papers],
        kinds=[request.kind for request in requests],
        student_ids=[request.student.student_id for request in requests],
        family_ids=[request.student.family_id for request in requests],
        level_ids=[request.level.level_id if request.level else None for request in requests],
        level_names=[paper.level_name for paper in papers],
        progression_ids=[request.progression_id for request in requests],
        run_ids=[request.run_id for request in requests],
        emails=[request.email for request in requests],
        send_afters=[request.send_after for request in requests],
        now=work.now,
    )
    await add_versions(
        work,
        [
            NewVersion(request.certificate_id, 1, paper, request.requested_by)
            for request, paper in zip(requests, papers, strict=True)
        ],
        urgent=urgent,
    )
    actioned = [request.progression_id for request in requests if request.progression_id]
    await sql.action_certificates(work.connection, progression_ids=actioned, now=work.now)
    await record(work, *(_issued(request) for request in requests))


def _issued(request: Request) -> Entry:
    act = "issued_ad_hoc" if request.kind == "ad_hoc" else "issued"
    return Entry(act, request.requested_by, request.certificate_id, run_id=request.run_id)


async def _are_new(work: Work, requests: Sequence[Request]) -> None:
    wanted = [request.certificate_id for request in requests]
    rows = sql.certificates_that_exist(work.connection, school_id=work.school_id, certificate_ids=wanted)
    async for row in rows:
        raise already_issued(row["certificate_id"])


def already_issued(certificate_id: str) -> Refusal:
    return refuse(
        "certificate_exists",
        f"The certificate “{certificate_id}” has been issued already. For a correction, reissue it.",
        "certificate_id",
    )


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version of a certificate, before it is printed."""

    certificate_id: str
    version: int
    paper: Print
    requested_by: str
    reason: str | None = None


async def add_versions(work: Work, versions: Sequence[NewVersion], *, urgent: bool) -> None:
    """From here on they are `issuing`: the feeder sends them to rendering."""
    papers = [version.paper for version in versions]
    await sql.add_versions(
        work.connection,
        school_id=work.school_id,
        certificate_ids=[version.certificate_id for version in versions],
        versions=[version.version for version in versions],
        urgent=[urgent] * len(versions),
        layout_ids=[paper.layout.layout_id for paper in papers],
        layout_versions=[paper.layout.layout_version for paper in papers],
        recipient_names=[paper.recipient_name for paper in papers],
        titles=[paper.title for paper in papers],
        notes=[paper.notes for paper in papers],
        teacher_ids=[paper.teacher.teacher_id for paper in papers],
        teacher_names=[paper.teacher.name for paper in papers],
        dates=[paper.issued_on for paper in papers],
        fields=[paper.fields() for paper in papers],
        requested_by=[version.requested_by for version in versions],
        reasons=[version.reason for version in versions],
        trace=current_traceparent.get(),
        now=work.now,
    )


async def _freeze(work: Work, requests: Sequence[Request]) -> list[Print]:
    """All that stands on the papers, each with a number of its own."""
    dates = [request.issue_date or local_date(work.now, request.student.time_zone) for request in requests]
    numbers = await _take_numbers(work, [issued_on.year for issued_on in dates])
    return [
        Print(
            layout=request.layout,
            recipient_name=request.student.name,
            title=request.title,
            level_name=request.level.name if request.level else None,
            issued_on=issued_on,
            teacher=request.teacher,
            notes=request.notes or None,
            school=work.school,
            number=number,
            verify_url=f"{work.portal_url.rstrip('/')}/verify/{new_code()}",
        )
        for request, issued_on, number in zip(requests, dates, numbers, strict=True)
    ]


async def _take_numbers(work: Work, years: Sequence[int]) -> list[str]:
    """A number in each of these years, ascending within a year."""
    following: dict[int, Iterator[int]] = {}
    for year, wanted in sorted(Counter(years).items()):
        last = await sql.take_numbers(work.connection, school_id=work.school_id, year=year, wanted=wanted)
        following[year] = iter(range(last - wanted + 1, last + 1))
    return [certificate_number(year, next(following[year])) for year in years]


def new_code() -> str:
    """A fresh verification code."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
