"""Marks as they are touched at the poolside: each goes out by itself, and may come late.

A touch has an id of its own, which the browser minted: sent again it is the same command. It says when it was touched,
by the school's clock as far as the browser knows it, so that one that comes late takes the place of no newer mark.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from contracts.base import Body, GivenId, Instant, LocalDate, MarkValue, MintedId
from contracts.commands import RefusalReason
from contracts.envelope import id_from
from contracts.progress import Mark, RecordMarks
from contracts.queries import CommandOutcome, CompletedLevel, StudentPage
from services.staff.forms import Unusable, read_as

AT_ONCE = 20
"""How many a browser may send in one go; what waits beyond them goes in the next."""

UNREADABLE = RefusalReason(code="unreadable", message="This mark could not be read. Mark it again.")


class Touch(Body):
    """One skill of one child, touched once."""

    touch_id: MintedId
    student_id: GivenId
    level_id: GivenId
    skill_id: GivenId
    value: MarkValue
    teacher_id: GivenId
    marked_on: LocalDate
    touched_at: Instant

    def command(self, now: datetime) -> RecordMarks:
        return RecordMarks(
            student_id=self.student_id,
            level_id=self.level_id,
            teacher_id=self.teacher_id,
            marked_on=self.marked_on,
            # A browser whose clock is ahead gains nothing by it.
            marked_at=min(self.touched_at, now),
            marks=(Mark(skill_id=self.skill_id, value=self.value),),
        )

    def command_id(self, school_id: str) -> str:
        return id_from("touch", school_id, self.touch_id)


def read_touch(sent: str) -> Touch | None:
    """None for one that no command can be made of: sent again it would be no better."""
    try:
        typed = json.loads(sent)
        return read_as(Touch, typed) if isinstance(typed, dict) else None
    except (ValueError, RecursionError, Unusable):
        return None


def told(outcome: CommandOutcome) -> dict[str, Any]:
    """A touch's outcome as the browser reads it."""
    return {"state": outcome.state, "message": " ".join(reason.message for reason in outcome.reasons)}


def standing(page: StudentPage, level_id: str) -> dict[str, Any]:
    """What is on record of the child now, as the browser reads it: the marks, and whether the level is mastered."""
    progress = page.progress
    is_theirs = progress.level is not None and progress.level.level_id == level_id
    completed = next((each for each in page.levels if each.level.level_id == level_id), None)
    return {
        "student_id": progress.student.student_id,
        "level_id": level_id,
        "values": {skill.skill_id: skill.value for skill in progress.skills} if is_theirs else None,
        "mastered": progress.completed if is_theirs else completed is not None,
        "number": completed.number if completed else None,
        "moved_to": completed.to_level.name if completed and completed.moved_at and completed.to_level else None,
        "now_in": progress.level.name if progress.level and not is_theirs else None,
        "acted": completed is not None and somebody_acted(completed),
    }


def somebody_acted(completed: CompletedLevel) -> bool:
    """The certificate is issued, or the child was moved up: un-marking takes neither back."""
    return completed.certificate_id is not None or completed.moved_at is not None
