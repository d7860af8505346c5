"""Freeze what will stand on the paper, take a number, and publish the issuance command."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from contracts.base import CertificateKind, EmailPolicy
from contracts.certificates import Issue
from contracts.envelope import id_from
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
    await issue(work, request)


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
        # One progression is one certificate, however often it is asked for.
        certificate_id=id_from("certificate", work.school_id, progression.progression_id),
        kind="level",
        student=student,
        teacher=teacher,
        layout=layout,
        title=level.name,
        level=level,
        progression_id=progression.progression_id,
        requested_by=requested_by,
    )


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


async def issue(work: Work, request: Request) -> None:
    """Enter the certificate in the register with its first version, and send it to be printed.

    Refusal where the certificate exists already.
    """
    if await sql.certificate_exists(work.connection, school_id=work.school_id, certificate_id=request.certificate_id):
        raise already_issued(request.certificate_id)
    paper = await _freeze(work, request)
    await sql.add_certificate(
        work.connection,
        school_id=work.school_id,
        certificate_id=request.certificate_id,
        number=paper.number,
        verify_url=paper.verify_url,
        kind=request.kind,
        student_id=request.student.student_id,
        family_id=request.student.family_id,
        level_id=request.level.level_id if request.level else None,
        level_name=paper.level_name,
        progression_id=request.progression_id,
        run_id=request.run_id,
        email=request.email,
        send_after=request.send_after,
        now=work.now,
    )
    await add_version(work, request.certificate_id, 1, paper, requested_by=request.requested_by)
    if request.progression_id:
        await sql.action_certificate(work.connection, progression_id=request.progression_id, now=work.now)


def already_issued(certificate_id: str) -> Refusal:
    return refuse(
        "certificate_exists",
        f"The certificate “{certificate_id}” has been issued already. For a correction, reissue it.",
        "certificate_id",
    )


async def add_version(
    work: Work, certificate_id: str, version: int, paper: Print, *, requested_by: str, reason: str | None = None
) -> None:
    fields = paper.fields()
    await sql.add_version(
        work.connection,
        school_id=work.school_id,
        certificate_id=certificate_id,
        version=version,
        layout_id=paper.layout.layout_id,
        layout_version=paper.layout.layout_version,
        recipient_name=paper.recipient_name,
        title=paper.title,
        notes=paper.notes,
        teacher_id=paper.teacher.teacher_id,
        teacher_name=paper.teacher.name,
        issued_on=paper.issued_on,
        fields=fields,
        requested_by=requested_by,
        reason=reason,
        now=work.now,
    )
    work.say(
        Issue(
            certificate_id=certificate_id,
            version=version,
            layout_id=paper.layout.layout_id,
            layout_version=paper.layout.layout_version,
            fields=fields,
        ),
        certificate_id,
        version,
    )


async def _freeze(work: Work, request: Request) -> Print:
    issued_on = request.issue_date or local_date(work.now, request.student.time_zone)
    count = await sql.take_number(work.connection, school_id=work.school_id, year=issued_on.year)
    return Print(
        layout=request.layout,
        recipient_name=request.student.name,
        title=request.title,
        level_name=request.level.name if request.level else None,
        issued_on=issued_on,
        teacher=request.teacher,
        notes=request.notes or None,
        school=work.school,
        number=certificate_number(issued_on.year, count),
        verify_url=f"{work.portal_url.rstrip('/')}/verify/{new_code()}",
    )


def new_code() -> str:
    """A fresh verification code."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
