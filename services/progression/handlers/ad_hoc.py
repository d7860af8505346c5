"""A certificate without a level, such as an Encouragement Certificate."""

from __future__ import annotations

from contracts.certificates import IssueAdHoc
from services.progression.domain import Refusal, objections, refuse
from services.progression.issuing import Request, issue, texts_of
from services.progression.store import load_layout, load_student, load_teacher
from services.progression.work import Work


async def issue_ad_hoc(work: Work, command: IssueAdHoc) -> None:
    request = await _request(work, command)
    if reasons := objections(request.layout, texts_of(work, request)):
        raise Refusal(*reasons)
    await issue(work, [request], urgent=True)


async def _request(work: Work, command: IssueAdHoc) -> Request:
    student = await load_student(work.connection, work.school_id, command.student_id)
    if student is None:
        raise refuse("unknown_student", f"There is no student “{command.student_id}”.", "student_id")
    layout = await load_layout(work.connection, work.school_id, command.layout_id)
    if layout is None:
        raise refuse("unknown_layout", f"No layout “{command.layout_id}” is published.", "layout_id")
    teacher = await load_teacher(work.connection, work.school_id, command.teacher_id)
    if teacher is None:
        raise refuse("unknown_teacher", f"There is no teacher “{command.teacher_id}”.", "teacher_id")
    return Request(
        certificate_id=command.certificate_id,
        kind="ad_hoc",
        student=student,
        teacher=teacher,
        layout=layout,
        title=command.title or layout.name,
        requested_by=command.requested_by,
        notes=command.notes,
        issue_date=command.issue_date,
        email=command.email,
        send_after=command.send_after,
    )
