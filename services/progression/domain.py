"""The rules of completing and issuing. Pure: no IO, no clock, no chance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.base import SkillKind
from contracts.commands import RefusalReason
from contracts.queries import Blocked
from contracts.rendering import LayoutField
from services.kit.dates import long_date

MASTERED = 100
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
DEFAULT_LOCALE = "en"
DEFAULT_PUPIL = "A student"
"""What stands on a shared certificate that shall not name the child, where the school has not said it."""
AUTOMATIC = "auto_issue"
"""Who asked for the certificates of a level that issues by itself."""

_WRITTEN_FAMILY_FIRST = re.compile(r"^[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003134f]+$")


class Refusal(Exception):
    """The rules refuse a command; it changes nothing."""

    def __init__(self, *reasons: RefusalReason) -> None:
        super().__init__("; ".join(reason.message for reason in reasons))
        self.reasons = reasons


def refuse(code: str, message: str, path: str | None = None) -> Refusal:
    return Refusal(RefusalReason(code=code, message=message, path=path))


# --- what the rules look at


@dataclass(frozen=True, slots=True)
class School:
    school_id: str
    name: str
    time_zone: str
    locale: str


@dataclass(frozen=True, slots=True)
class Skill:
    skill_id: str
    name: str
    kind: SkillKind


@dataclass(frozen=True, slots=True)
class Level:
    level_id: str
    name: str
    next_level_id: str | None
    layout_id: str | None
    auto_issue: bool


@dataclass(frozen=True, slots=True)
class Student:
    student_id: str
    family_id: str
    given_name: str
    family_name: str
    preferred_name: str | None
    level_id: str | None
    time_zone: str
    """Of the student's venue, or of the school."""

    @property
    def name(self) -> str:
        return printed_name(self.given_name, self.family_name, self.preferred_name)


@dataclass(frozen=True, slots=True)
class Teacher:
    teacher_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Layout:
    layout_id: str
    layout_version: int
    name: str
    fields: tuple[LayoutField, ...]

    @property
    def shows_notes(self) -> bool:
        return any(field.name == "notes" for field in self.fields)


@dataclass(frozen=True, slots=True)
class Progression:
    """A pending progression: which of its parts still wait."""

    progression_id: str
    student_id: str
    level_id: str
    teacher_id: str
    certificate_waits: bool
    level_change_waits: bool
    taken_back: int = 0
    """How often a cancelled or undone run has left it waiting again."""


# --- marks


def mark_value(skill: Skill, value: bool | int) -> int:
    """A mark as a number, 0 to 100. ValueError where a tick is given a number or a scale a yes or no."""
    if skill.kind == "tick" and isinstance(value, bool):
        return MASTERED if value else 0
    if skill.kind == "scale" and not isinstance(value, bool):
        return value
    wanted = "true or false" if skill.kind == "tick" else "a whole number from 0 to 100"
    raise ValueError(f"“{skill.name}” is a {skill.kind}: its value is {wanted}.")


def moment_of(marked_at: datetime | None, now: datetime) -> datetime:
    """When a mark counts as marked: now, unless it says that it was earlier. No clock is believed that is ahead."""
    return now if marked_at is None else min(max(marked_at, LONG_AGO), now)


def is_complete(skills: Iterable[Skill], values: Mapping[str, int]) -> bool:
    """Every tick set, every scale at 100. A level without skills is never complete."""
    wanted = [skill.skill_id for skill in skills]
    return bool(wanted) and all(values.get(skill_id, 0) == MASTERED for skill_id in wanted)


# --- names, dates, places


def printed_name(given_name: str, family_name: str, preferred_name: str | None) -> str:
    """As it stands on the certificate. Names in Chinese, Japanese or Korean letters have the family first."""
    first = preferred_name or given_name
    if _WRITTEN_FAMILY_FIRST.match(first) and _WRITTEN_FAMILY_FIRST.match(family_name):
        return f"{family_name}{first}"
    return f"{first} {family_name}"


def first_name(recipient_name: str, given_name: str, family_name: str, preferred_name: str | None) -> str:
    """As much of the name on a certificate, which may have been corrected, as the child is called by."""
    called = [name for name in (preferred_name, given_name) if name]
    for name in called:
        if name in recipient_name:
            return name
    first = recipient_name.split()[0]
    return called[0] if family_name in first else first


def local_date(now: datetime, time_zone: str) -> date:
    return now.astimezone(ZoneInfo(time_zone)).date()


def is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


# --- issuing


def blocked(level: Level, layout: Layout | None) -> Blocked | None:
    """Why the level's certificates cannot be issued yet, and what to do."""
    if level.layout_id is None:
        return Blocked(
            code="no_layout",
            message=f"{level.name} has no certificate layout. Choose a layout for the level, then issue.",
        )
    if layout is None:
        return Blocked(
            code="layout_not_published",
            message=f"{level.name} uses the layout “{level.layout_id}”, which is not published. "
            "Publish it, or choose another layout for the level.",
        )
    return None


@dataclass(frozen=True, slots=True)
class Print:
    """What is frozen when a certificate takes its number: all that stands on the paper."""

    layout: Layout
    recipient_name: str
    title: str
    level_name: str | None
    issued_on: date
    teacher: Teacher
    notes: str | None
    school: School
    number: str
    verify_url: str

    def fields(self) -> dict[str, str]:
        """Every field's text; empty where this certificate has none."""
        return {
            "recipient_name": self.recipient_name,
            "level_name": self.level_name or "",
            "title": self.title,
            "issued_on": long_date(self.issued_on, self.school.locale),
            "teacher_name": self.teacher.name,
            "notes": self.notes or "",
            "school_name": self.school.name,
            "number": self.number,
            "verify_url": self.verify_url,
        }


def objections(layout: Layout, texts: Mapping[str, str | None], path: str = "") -> Sequence[RefusalReason]:
    """What the layout cannot print: notes that it does not show, texts longer than it was drawn for."""
    limits: dict[str, int | None] = {field.name: field.max_length for field in layout.fields}
    found: list[RefusalReason] = []
    if texts.get("notes") and not layout.shows_notes:
        found.append(
            RefusalReason(
                code="notes_not_shown",
                message=f"The layout “{layout.name}” shows no notes. Leave them out, or choose another layout.",
                path=f"{path}notes",
            )
        )
    for name, text in texts.items():
        limit = limits.get(name)
        if text and limit and len(text) > limit:
            what = name.replace("_", " ")
            found.append(
                RefusalReason(
                    code="too_long",
                    message=f"The {what} has {len(text)} characters; “{layout.name}” has room for {limit}.",
                    path=f"{path}{name}",
                )
            )
    return found


def certificate_number(year: int, count: int) -> str:
    """`2026-000123`: the school's 123rd certificate of that year."""
    return f"{year}-{count:06d}"
