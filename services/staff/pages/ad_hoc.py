""" "Issue Ad-hoc Certificate": one certificate for one student, with no level behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from starlette.datastructures import FormData
from starlette.responses import Response

from contracts.catalogue import LAYOUTS, STUDENT, TEACHERS
from contracts.certificates import IssueAdHoc
from contracts.commands import RefusalReason
from contracts.envelope import id_from, new_id
from contracts.queries import AskStudent, Everything
from contracts.rendering import LayoutPublished
from services.staff.forms import Unusable, read_as, text
from services.staff.visit import Visit, see


@dataclass(frozen=True, slots=True)
class Request:
    """What is chosen and typed on the page."""

    layout_id: str = ""
    teacher_id: str = ""
    title: str = ""
    notes: str = ""
    issue_date: str = ""
    email: bool = True
    certificate_id: str = ""

    @classmethod
    def of(cls, form: FormData) -> Self:
        return cls(
            layout_id=text(form, "layout_id"),
            teacher_id=text(form, "teacher_id"),
            title=text(form, "title"),
            notes=text(form, "notes"),
            issue_date=text(form, "issue_date"),
            email=text(form, "email") == "send",
            certificate_id=text(form, "certificate_id"),
        )

    def command(self, student_id: str, requested_by: str) -> IssueAdHoc:
        """Unusable where something is missing or cannot be read."""
        return read_as(
            IssueAdHoc,
            {
                "certificate_id": self.certificate_id,
                "student_id": student_id,
                "layout_id": self.layout_id,
                "teacher_id": self.teacher_id,
                "title": self.title,
                "notes": self.notes,
                "issue_date": self.issue_date,
                "email": "send" if self.email else "none",
                "requested_by": requested_by,
            },
        )


async def show(visit: Visit) -> Response:
    return await _page(visit, Request())


async def process(visit: Visit) -> Response:
    """One form is one certificate: its id was in the form."""
    student_id = visit.id_in_path("student_id")
    request = Request.of(await visit.form())
    try:
        command = request.command(student_id, visit.desk.person.called)
    except Unusable as unusable:
        return await _page(visit, request, unusable.reasons)
    command_id = ad_hoc_command_id(visit.desk.school_id, command.certificate_id)
    await visit.desk.command(command, command_id)
    outcome = await visit.desk.outcome(command_id)
    if outcome.state == "refused":
        return await _page(visit, request, outcome.reasons)
    return see(f"/students/{student_id}?certificate={command.certificate_id}")


def ad_hoc_command_id(school_id: str, certificate_id: str) -> str:
    return id_from("issue_ad_hoc", school_id, certificate_id)


async def _page(visit: Visit, request: Request, reasons: Sequence[RefusalReason] = ()) -> Response:
    student, layouts, teachers = await asyncio.gather(
        visit.desk.ask(STUDENT, AskStudent(student_id=visit.id_in_path("student_id"))),
        visit.desk.ask(LAYOUTS, Everything()),
        visit.desk.ask(TEACHERS, Everything()),
    )
    return await visit.page(
        "ad_hoc.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        student=student.progress.student,
        layouts=[(layout, _notes_limit(layout)) for layout in layouts.layouts],
        teachers=teachers.teachers,
        typed=request,
        reasons=reasons,
        certificate_id=new_id(),
    )


NOTES_LIMIT = 2000
"""The contract's own limit, for a layout that names none."""


def _notes_limit(layout: LayoutPublished) -> int | None:
    """How many characters of notes the layout takes; None where it shows none."""
    shown = next((field for field in layout.fields if field.name == "notes"), None)
    return None if shown is None else shown.max_length or NOTES_LIMIT
