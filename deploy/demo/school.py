"""The demo school as the commands that a school's own system would send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple, get_args

from contracts.base import Body, MarkValue, Weekday
from contracts.progress import Mark, RecordMarks
from contracts.roster import Guardian, PutFamily, PutLevel, PutSchool, PutStudent, PutTeacher, Skill, Venue
from deploy.demo.ladder import level_id, levels
from deploy.demo.people import AUCKLAND, CLASSES, FAMILIES, LANGUAGES, PERTH, TEACHERS, Class

Keyed = tuple[tuple[str, ...], Body]
"""A command with what tells it from all others of the seed."""

SCHOOL = PutSchool(
    name="Kauri Coast Swim School",
    time_zone="Pacific/Auckland",
    locale="en-NZ",
    pupil="A swimmer",
    venues=(
        Venue(venue_id=AUCKLAND, name="Harbour Pool", time_zone="Pacific/Auckland"),
        Venue(venue_id=PERTH, name="Swan River Pool", time_zone="Australia/Perth"),
    ),
)
MASTERED: dict[str, MarkValue] = {"tick": True, "scale": 100}
CHILD = re.compile(
    r"(?P<given>[^(|@]+?)(?: \((?P<preferred>[^)]+)\))?(?: \| (?P<family>[^@]+?))? @ (?P<class>[a-z-]+)(?P<ready>!?)"
)
DAYS: dict[str, Weekday] = {day[:3].title(): day for day in get_args(Weekday)}
"""As they stand in the classes' names: `Seahorse, Mon 4.00 pm`."""
LEVELS = {level.level_id: level for level in levels()}


def seed_commands(today: date) -> list[Keyed]:
    """The whole school, in an order in which every command knows what it speaks of. Ids tell nobody's name."""
    children = list(_children())
    return [
        (("school",), SCHOOL),
        *((("teacher", id_), PutTeacher(teacher_id=id_, name=name)) for id_, name in TEACHERS.items()),
        *((("level", level.level_id), level) for level in levels()),
        *((("family", family.family_id), family) for family in families()),
        *((("student", child.student.student_id), child.student) for child in children),
        *((("marks", child.student.student_id), _marks(child, today)) for child in children),
    ]


def families() -> Iterator[PutFamily]:
    for number, family in enumerate(FAMILIES, start=1):
        guardians = (
            _guardian(f"f{number:02}-g{n}", described) for n, described in enumerate(family.guardians, start=1)
        )
        yield PutFamily(family_id=f"f{number:02}", name=family.name, guardians=tuple(guardians))


def _guardian(guardian_id: str, described: str) -> Guardian:
    name, address = described.removesuffix(">").split(" <")
    return Guardian(guardian_id=guardian_id, name=name, email=address, locale=LANGUAGES.get(address))


class Child(NamedTuple):
    number: int
    student: PutStudent
    taught: Class
    ready: bool


def _children() -> Iterator[Child]:
    numbers = count(1)
    for family_number, family in enumerate(FAMILIES, start=1):
        for described in family.children:
            yield _child(next(numbers), f"f{family_number:02}", family.name, described)


def _child(number: int, family_id: str, family_name: str, described: str) -> Child:
    written = CHILD.fullmatch(described)
    assert written, described
    taught = CLASSES[written["class"]]
    student = PutStudent(
        student_id=f"s{number:03}",
        family_id=family_id,
        given_name=written["given"],
        family_name=written["family"] or family_name,
        preferred_name=written["preferred"],
        level_id=level_id(taught.level),
        class_name=taught.name,
        venue_id=taught.venue_id,
        weekday=DAYS[taught.name.split(", ")[1][:3]],
    )
    return Child(number, student, taught, ready=bool(written["ready"]))


def _marks(child: Child, today: date) -> RecordMarks:
    level = LEVELS[level_id(child.taught.level)]
    return RecordMarks(
        student_id=child.student.student_id,
        level_id=level.level_id,
        teacher_id=child.taught.teacher_id,
        marked_on=today - timedelta(days=child.number % 6),
        marks=tuple(map(mastered, level.skills)) if child.ready else _partway(level, child.number),
    )


def mastered(skill: Skill) -> Mark:
    return Mark(skill_id=skill.skill_id, value=MASTERED[skill.kind])


def _partway(level: PutLevel, number: int) -> tuple[Mark, ...]:
    """Some skills mastered, the next one begun: never all of them."""
    reached = 1 + number * 5 % (len(level.skills) - 1)
    done = tuple(map(mastered, level.skills[:reached]))
    begun = level.skills[reached]
    return (*done, Mark(skill_id=begun.skill_id, value=10 + number * 37 % 80)) if begun.kind == "scale" else done
