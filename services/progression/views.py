"""Rows as answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.certificates import LayoutRef, Pdf
from contracts.commands import RefusalReason
from contracts.queries import (
    Blocked,
    Certificate,
    CertificateVersion,
    CommandOutcome,
    LevelRef,
    PendingCertificate,
    PendingLayout,
    PendingLevelChange,
    SkillProgress,
    StudentProgress,
    StudentRef,
    TeacherRef,
)
from contracts.rendering import FailureReason
from services.progression.domain import MASTERED, Layout, Level, School, blocked, printed_name
from services.progression.store import layout_of

Row = Mapping[str, Any]


def student_ref(row: Row) -> StudentRef:
    return StudentRef(
        student_id=row["student_id"],
        family_id=row["family_id"],
        name=printed_name(row["given_name"], row["family_name"], row["preferred_name"]),
        class_name=row["class_name"],
        venue_id=row["venue_id"],
        venue_name=row["venue_name"],
    )


def teacher_ref(row: Row) -> TeacherRef:
    return TeacherRef(teacher_id=row["teacher_id"], name=row["teacher_name"])


def pending_certificate(row: Row) -> PendingCertificate:
    level = Level(row["level_id"], row["level_name"], row["next_level_id"], row["wanted_layout_id"], row["auto_issue"])
    layout = (
        layout_of(row["layout_id"], row["layout_version"], row["layout_name"], row["layout_fields"])
        if row["layout_id"]
        else None
    )
    return PendingCertificate(
        progression_id=row["progression_id"],
        student=student_ref(row),
        level=LevelRef(level_id=level.level_id, name=level.name),
        teacher=teacher_ref(row),
        completed_on=row["completed_on"],
        since=row["since"],
        layout=_pending_layout(layout) if layout else None,
        blocked=blocked(level, layout),
    )


def _pending_layout(layout: Layout) -> PendingLayout:
    return PendingLayout(
        layout_id=layout.layout_id,
        layout_version=layout.layout_version,
        name=layout.name,
        shows_notes=layout.shows_notes,
        notes_max_length=next((field.max_length for field in layout.fields if field.name == "notes"), None),
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
    )


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


def certificate(
    row: Row, versions: Sequence[CertificateVersion], mailed_together: Sequence[str], school: School
) -> Certificate:
    level = LevelRef(level_id=row["level_id"], name=row["level_name"]) if row["level_id"] else None
    return Certificate(
        certificate_id=row["certificate_id"],
        number=row["number"],
        kind=row["kind"],
        student_id=row["student_id"],
        family_id=row["family_id"],
        level=level,
        verify_url=row["verify_url"],
        run_id=row["run_id"],
        email=row["email"],
        send_after=row["send_after"],
        mailed_together=tuple(mailed_together),
        school_name=school.name,
        locale=school.locale,
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
