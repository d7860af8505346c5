"""The school of a drill: families of one to three children, every child ready for one certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import cycle

from contracts.base import Body
from contracts.progress import Mark, RecordMarks
from contracts.roster import Guardian, PutFamily, PutLevel, PutSchool, PutStudent, PutTeacher, Skill

TEACHER = PutTeacher(teacher_id="teacher", name="Moana Clarke")
FAMILY_SIZES = (1, 2, 1, 3, 1, 2)
GUARDIANS = (1, 2, 1, 1)
"""Of a family, in turn: nearly every fourth has two."""
GIVEN_NAMES = ("Aroha", "Bruno", "Chloe")
LEVELS = {"seahorse": ("Seahorse", "harbour"), "seal": ("Seal", "shoreline"), "squad": ("Squad Ready", "laureate")}
"""Name and layout by id; the last one is where the ladder ends."""
CRAMPED = PutLevel(
    level_id="cramped",
    name="Cramped",
    position=9,
    layout_id="cramped",
    skills=(Skill(skill_id="swim", name="Swims", kind="tick"),),
)
"""A level whose layout has no room for a long name."""
LONG_NAME = "Maximiliana Josephine Wilhelmina Featherstonehaugh"
SYLLABLES = ("ba", "do", "fe", "gi", "ku", "la", "mo", "ne", "pi", "ru", "sa", "to", "ve", "wi", "zu", "ha")
TODAY = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Child:
    student_id: str
    name: str
    """As it is printed: no other child's, and no part of another's."""
    family_id: str
    level_id: str
    title: str
    """Of the certificate that the child is ready for: the level's name."""


@dataclass(frozen=True, slots=True)
class DrillSchool:
    children: tuple[Child, ...]
    addresses: dict[str, tuple[str, ...]]
    """Of a family's guardians."""

    @classmethod
    def of(cls, children: int, *, cramped: int = 0) -> DrillSchool:
        """The last `cramped` children have names that their level's layout has no room for."""
        born = tuple(_children(children, children - cramped))
        families = list(dict.fromkeys(child.family_id for child in born))
        return cls(born, {family: _addresses(family, n) for family, n in zip(families, cycle(GUARDIANS), strict=False)})

    def roster(self) -> list[Body]:
        """All that the school is told before it can mark anybody."""
        return [
            PutSchool(name="Kauri Coast Swim School", time_zone="Pacific/Auckland", locale="en-NZ"),
            TEACHER,
            *_ladder(),
            CRAMPED,
            *(self._family(family_id) for family_id in self.addresses),
            *(_student(child) for child in self.children),
        ]

    def marks(self) -> list[Body]:
        """What completes everybody's level."""
        return [
            RecordMarks(
                student_id=child.student_id,
                level_id=child.level_id,
                teacher_id=TEACHER.teacher_id,
                marked_on=TODAY,
                marks=(Mark(skill_id="swim", value=True),),
            )
            for child in self.children
        ]

    def _family(self, family_id: str) -> PutFamily:
        guardians = tuple(
            Guardian(guardian_id=_guardian_id(address), name="A Guardian", email=address)
            for address in self.addresses[family_id]
        )
        return PutFamily(family_id=family_id, name="A Family", guardians=guardians)


def guardian_of(address: str) -> str:
    """The guardian's id from the address that the drill gave them."""
    return _guardian_id(address)


def _children(many: int, first_cramped: int) -> Iterator[Child]:
    sizes, levels = cycle(FAMILY_SIZES), cycle(LEVELS)
    number = family = 0
    while number < many:
        for given in GIVEN_NAMES[: next(sizes)]:
            if number < many:
                level_id = next(levels) if number < first_cramped else CRAMPED.level_id
                yield _child(number, family, given, level_id)
            number += 1
        family += 1


def _child(number: int, family: int, given: str, level_id: str) -> Child:
    is_cramped = level_id == CRAMPED.level_id
    name = f"{LONG_NAME if is_cramped else given} {_family_name(number if is_cramped else family)}"
    title = CRAMPED.name if is_cramped else LEVELS[level_id][0]
    return Child(f"s{number:04}", name, f"f{family:04}", level_id, title)


def _family_name(number: int) -> str:
    """Six letters, different for each number below 4096."""
    return (SYLLABLES[number // 256] + SYLLABLES[number // 16 % 16] + SYLLABLES[number % 16]).capitalize()


def _addresses(family_id: str, guardians: int) -> tuple[str, ...]:
    return tuple(f"{family_id}-g{n}@family.example" for n in range(1, guardians + 1))


def _guardian_id(address: str) -> str:
    return address.partition("@")[0]


def _student(child: Child) -> PutStudent:
    given, _, family_name = child.name.rpartition(" ")
    return PutStudent(
        student_id=child.student_id,
        family_id=child.family_id,
        given_name=given,
        family_name=family_name,
        level_id=child.level_id,
    )


def _ladder() -> Iterator[PutLevel]:
    ids = list(LEVELS)
    for position, (level_id, next_id) in enumerate(zip(ids, [*ids[1:], None], strict=True), start=1):
        name, layout_id = LEVELS[level_id]
        skill = Skill(skill_id="swim", name="Swims", kind="tick")
        yield PutLevel(
            level_id=level_id,
            name=name,
            position=position,
            next_level_id=next_id,
            layout_id=layout_id,
            skills=(skill,),
        )
