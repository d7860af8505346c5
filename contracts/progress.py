"""Marks, and what they add up to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.base import Body, GivenId, Instant, LocalDate, MarkValue, MintedId


class Mark(Body):
    skill_id: GivenId
    value: MarkValue


class RecordMarks(Body):
    """What a teacher marked for one student in one level; the newest value of a skill counts."""

    student_id: GivenId
    level_id: GivenId
    teacher_id: GivenId
    marked_on: LocalDate
    marked_at: Instant | None = None
    """The moment of marking, where it may arrive late: it takes the place of no newer mark. Default: on arrival."""
    marks: Annotated[tuple[Mark, ...], Field(min_length=1)]


class LevelCompleted(Body):
    """Every skill of the level is mastered: a pending progression exists."""

    progression_id: MintedId
    student_id: GivenId
    level_id: GivenId


class LevelReopened(Body):
    """A skill was un-marked before anybody acted: the pending progression is gone."""

    progression_id: MintedId
    student_id: GivenId
    level_id: GivenId


class LevelChanged(Body):
    """The student moved up."""

    progression_id: MintedId
    student_id: GivenId
    from_level_id: GivenId
    to_level_id: GivenId
