"""Rows as answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from contracts.certificates import LayoutRef, Pdf
from contracts.commands import RefusalReason
from contracts.queries import (
    Blocked,
    Certificate,
    CertificateVersion,
    CommandOutcome,
    CompletedLevel,
    LevelRef,
    MailRecipient,
    PendingCertificate,
    PendingLayout,
    PendingLevelChange,
    PendingWarning,
    SkillProgress,
    StudentProgress,
    StudentRef,
    TeacherRef,
)
from contracts.rendering import FailureReason
from services.progression.domain import MASTERED, Layout, Level, School, blocked, objections, printed_name

Row = Mapping[str, Any]

NOBODY_IS_MAILED = PendingWarning(
    code="no_guardian", message="Nobody will be mailed: this family has no guardian with an email address."
)


def student_ref(row: Row) -> StudentRef:
    return StudentRef(
        student_id=row["student_id"],
        family_id=row["family_id"],
        name=printed_name(row["given_name"], row["family_name"], row["preferred_name"]),
        class_name=row["class_name"],
        venue_id=row["venue_id"],
        venue_name=row["venue_name"],
        given_name=row["given_name"],
        family_name=row["family_name"],
        preferred_name=row["preferred_name"],
        weekday=row.get("weekday"),
    )


def teacher_ref(row: Row) -> TeacherRef:
    return TeacherRef(teacher_id=row["teacher_id"], name=row["teacher_name"])


def _pending_layout(layout: Layout) -> PendingLayout:
    return PendingLayout(
        layout_id=layout.layout_id,
        layout_version=layout.layout_version,
        name=layout.name,
        shows_notes=layout.shows_notes,
        notes_max_length=next((field.max_length for field in layout.fields if field.name == "notes"), None),
    )


def level_of(row: Row) -> Level:
    return Level(row["level_id"], row["level_name"], row["next_level_id"], row["wanted_layout_id"], row["auto_issue"])


class PendingCertificates:
    """Rows of one answer. Levels, teachers and layouts are few and their rows many: each is made once."""

    def __init__(self, school: School, layouts: Mapping[str | None, Layout]) -> None:
        self._school = school
        self._layouts = layouts
        self._level = cache(lambda level_id, name: LevelRef(level_id=level_id, name=name))
        self._teacher = cache(lambda teacher_id, name: TeacherRef(teacher_id=teacher_id, name=name))
        self._layout = cache(_pending_layout)

    def of(self, row: Row) -> PendingCertificate:
        layout = self._layouts.get(row["wanted_layout_id"])
        student = student_ref(row)
        return PendingCertificate(
            progression_id=row["progression_id"],
            student=student,
            level=self._level(row["level_id"], row["level_name"]),
            teacher=self._teacher(row["teacher_id"], row["teacher_name"]),
            completed_on=row["completed_on"],
            since=row["since"],
            layout=self._layout(layout) if layout else None,
            blocked=blocked(level_of(row), layout),
            guardians=row["guardians"],
            warnings=tuple(self._warnings(row, student, layout)),
        )

    def _warnings(self, row: Row, student: StudentRef, layout: Layout | None) -> Iterator[PendingWarning]:
        if not row["guardians"]:
            yield NOBODY_IS_MAILED
        texts = {
            "recipient_name": student.name,
            "title": row["level_name"],
            "level_name": row["level_name"],
            "teacher_name": row["teacher_name"],
            "school_name": self._school.name,
        }
        for reason in objections(layout, texts) if layout else ():
            yield PendingWarning.model_validate(
                {"code": reason.code, "message": reason.message, "field": reason.path, "stops": True}
            )


def pending_level_change(row: Row) -> PendingLevelChange:
    to_level_id, to_level_name = row["next_level_id"], row["next_level_name"]
    missing = Blocked(
        code="unknown_level",
        message=f"{row['level_name']} leads to “{to_level_id}”, which does not exist. Choose its next level.",
    )
    return PendingLevelChange(
        progression_id=row["progression_id"],
        student=student_ref(row),
        level=LevelRef(level_id=row["level_id"], name=row["level_name"]),
        to_level=LevelRef(level_id=to_level_id, name=to_level_name or to_level_id),
        since=row["since"],
        blocked=None if to_level_name else missing,
        teacher=teacher_ref(row),
        completed_on=row["completed_on"],
    )


def completed_level(row: Row) -> CompletedLevel:
    to_level_id = row["to_level_id"]
    return CompletedLevel(
        progression_id=row["progression_id"],
        level=LevelRef(level_id=row["level_id"], name=row["level_name"]),
        completed_on=row["completed_on"],
        certificate_id=row["certificate_id"],
        number=row["number"],
        to_level=LevelRef(level_id=to_level_id, name=row["to_level_name"] or to_level_id) if to_level_id else None,
        moved_at=row["moved_at"],
    )


def mail_recipient(row: Row) -> MailRecipient:
    return MailRecipient(guardian_id=row["guardian_id"], name=row["name"], has_address=bool(row["email"]))


def progress(student: Row, skills: Sequence[Row]) -> StudentProgress:
    level = (
        LevelRef(level_id=student["level_id"], name=student["level_name"]) if student["level_id"] is not None else None
    )
    return StudentProgress(
        student=student_ref(student),
        level=level,
        skills=tuple(_skill(skill) for skill in skills),
        completed=bool(skills) and all(skill["value"] == MASTERED for skill in skills),
    )


def _skill(row: Row) -> SkillProgress:
    value = row["value"]
    return SkillProgress(
        skill_id=row["skill_id"],
        name=row["name"],
        kind=row["kind"],
        value=value == MASTERED if row["kind"] == "tick" and value is not None else value,
    )


def with_reason(row: Row) -> dict[str, Any]:
    """The row with its failure as the answer's reason."""
    failure = row["failure"]
    return {**row, "reason": FailureReason(**failure) if failure else None}


def version(row: Row) -> CertificateVersion:
    return CertificateVersion(
        version=row["version"],
        state=row["state"],
        recipient_name=row["recipient_name"],
        title=row["title"],
        notes=row["notes"],
        teacher=teacher_ref(row),
        issued_on=row["issued_on"],
        layout=LayoutRef(layout_id=row["layout_id"], layout_version=row["layout_version"]),
        pdf=Pdf(**row["pdf"]) if row["pdf"] else None,
        reason=FailureReason(**row["failure"]) if row["failure"] else None,
    )


def certificate(row: Row, versions: Sequence[CertificateVersion], mailed_together: Sequence[str]) -> Certificate:
    level = LevelRef(level_id=row["level_id"], name=row["level_name"]) if row["level_id"] else None
    return Certificate(
        certificate_id=row["certificate_id"],
        number=row["number"],
        kind=row["kind"],
        student_id=row["student_id"],
        family_id=row["family_id"],
        level=level,
        next_level_name=row["next_level_name"],
        verify_url=row["verify_url"],
        run_id=row["run_id"],
        email=row["email"],
        send_after=row["send_after"],
        mailed_together=tuple(mailed_together),
        school_name=row["school_name"],
        locale=row["locale"],
        versions=tuple(versions),
    )


def outcome(row: Row | None) -> CommandOutcome:
    if row is None:
        return CommandOutcome(state="unknown")
    return CommandOutcome(state=row["state"], reasons=tuple(RefusalReason(**reason) for reason in row["reasons"]))


def containing(search: str | None) -> str | None:
    """The search as an ILIKE pattern that takes the words as they are."""
    if not search or not search.strip():
        return None
    escaped = search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
