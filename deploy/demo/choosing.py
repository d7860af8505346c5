"""Which students master their level before the reader's eyes: those who are nearly there, and tell most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.catalogue import STUDENT, STUDENTS
from contracts.progress import Mark, RecordMarks
from contracts.queries import AskStudent, AskStudents, LevelRef, SkillProgress, StudentPage, StudentRef
from deploy.demo.people import CLASSES, PERTH
from deploy.demo.school import LEVELS, MASTERED, SCHOOL
from deploy.school_system import SchoolSystem

HOW_MANY = 6
TIME_ZONES = {venue.venue_id: ZoneInfo(venue.time_zone) for venue in SCHOOL.venues}
TEACHERS = {taught.name: taught.teacher_id for taught in CLASSES.values()}


class EverybodyFinished(Exception):
    """The text says how to start anew."""


@dataclass(frozen=True)
class Learner:
    """A student who is partway through a level."""

    student: StudentRef
    level: LevelRef
    missing: tuple[SkillProgress, ...]

    @property
    def has_layout(self) -> bool:
        return LEVELS[self.level.level_id].layout_id is not None

    @property
    def in_perth(self) -> bool:
        return self.student.venue_id == PERTH

    def last_marks(self) -> RecordMarks:
        """What completes the level, marked today at the student's pool."""
        return RecordMarks(
            student_id=self.student.student_id,
            level_id=self.level.level_id,
            teacher_id=TEACHERS[self.student.class_name or ""],
            marked_on=datetime.now(TIME_ZONES[self.student.venue_id or ""]).date(),
            marks=tuple(Mark(skill_id=skill.skill_id, value=MASTERED[skill.kind]) for skill in self.missing),
        )


async def choose(system: SchoolSystem) -> list[Learner]:
    """Two siblings, one in Perth, one whose level has no layout, and others, nearest to their goal first.

    EverybodyFinished if nobody is left.
    """
    learners = sorted(await _learners(system), key=lambda learner: len(learner.missing))
    with_layout = [learner for learner in learners if learner.has_layout]
    if not with_layout:
        raise EverybodyFinished("every student has finished: stop the stack, remove LAUREL_HOME, and start anew")
    preferred = [
        *_siblings(with_layout),
        *[learner for learner in with_layout if learner.in_perth][:1],
        *[learner for learner in learners if not learner.has_layout][:1],
        *with_layout,
    ]
    return list({learner.student.student_id: learner for learner in preferred}.values())[:HOW_MANY]


async def _learners(system: SchoolSystem) -> list[Learner]:
    everybody = (await system.ask(STUDENTS, AskStudents())).students
    pages = [await system.ask(STUDENT, AskStudent(student_id=student.student_id)) for student in everybody]
    return [learner for page in pages if (learner := _partway(page))]


def _partway(page: StudentPage) -> Learner | None:
    progress = page.progress
    waits = page.pending.certificates or page.pending.level_changes
    missing = tuple(skill for skill in progress.skills if skill.value != MASTERED[skill.kind])
    if progress.level is None or progress.level.level_id not in LEVELS or not missing or waits:
        return None
    return Learner(progress.student, progress.level, missing)


def _siblings(learners: Iterable[Learner]) -> list[Learner]:
    """The first two of one family."""
    families: dict[str, list[Learner]] = {}
    for learner in learners:
        families.setdefault(learner.student.family_id, []).append(learner)
    return next((family[:2] for family in families.values() if len(family) > 1), [])
