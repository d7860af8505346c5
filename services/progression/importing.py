"""What an import would change, and what stands in its way. Pure: no IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Generic, TypeVar

from contracts.base import Body
from contracts.commands import RefusalReason
from contracts.roster import ImportRoster, Lines, PutFamily, PutLevel, PutStudent, PutTeacher
from contracts.roster_queries import RosterKind

Put = TypeVar("Put", bound=Body)


@dataclass(frozen=True, slots=True)
class Known:
    """What the records hold of what is imported: by id, those that it names."""

    levels: Mapping[str, PutLevel]
    """All of the school's."""
    teachers: Mapping[str, PutTeacher]
    families: Mapping[str, PutFamily]
    """Those of the students too."""
    students: Mapping[str, PutStudent]
    venues: frozenset[str]
    """All of the school's."""
    layouts: frozenset[str]
    """All that are published."""


@dataclass(frozen=True, slots=True)
class Change(Generic[Put]):
    """One thing as it was (None: it was not there) and as it will be."""

    was: Put | None
    now: Put

    @property
    def is_new(self) -> bool:
        return self.was is None

    @property
    def is_one(self) -> bool:
        return self.was != self.now

    def differs_in(self, name: str) -> bool:
        return self.was is None or getattr(self.was, name) != getattr(self.now, name)


@dataclass(slots=True)
class Decision:
    """Everything that the import names, what of it is a change, and what is wrong with it."""

    levels: Sequence[Change[PutLevel]]
    teachers: Sequence[Change[PutTeacher]]
    families: Sequence[Change[PutFamily]]
    students: Sequence[Change[PutStudent]]
    problems: list[RefusalReason] = field(default_factory=list)
    hints: list[RefusalReason] = field(default_factory=list)

    def changed_levels(self) -> list[Change[PutLevel]]:
        return [change for change in self.levels if change.is_one]

    def changed_students(self) -> list[Change[PutStudent]]:
        return [change for change in self.students if change.is_one]


def decided(command: ImportRoster, known: Known) -> Decision:
    keeps = command.keeps
    kept_of_families = [name for name in keeps.families if name in PutFamily.model_fields]
    decision = Decision(
        levels=_with_positions(_changes(command.levels, known.levels, "level_id", keeps.levels), command, known),
        teachers=_changes(command.teachers, known.teachers, "teacher_id"),
        families=_changes(_with_their_ids(command, known), known.families, "family_id", kept_of_families),
        students=_changes(command.students, known.students, "student_id", keeps.students),
    )
    decision.problems.extend(_unknown_places(decision, command, known))
    decision.hints.extend(_doubtful_levels(decision, command, known))
    return decision


def _changes(
    put: Sequence[Put], known: Mapping[str, Put], id_field: str, kept: Sequence[str] = ()
) -> list[Change[Put]]:
    return [_change(known.get(getattr(one, id_field)), one, kept) for one in put]


def _change(was: Put | None, given: Put, kept: Sequence[str]) -> Change[Put]:
    if was is None or not kept:
        return Change(was, given)
    return Change(was, given.model_copy(update={name: getattr(was, name) for name in kept}))


def _with_their_ids(command: ImportRoster, known: Known) -> Sequence[PutFamily]:
    """Where the import knows no ids of guardians, whoever has the address of a known one is that one."""
    if "guardian_ids" not in command.keeps.families:
        return command.families
    return [_with_ids_of(known.families.get(family.family_id), family) for family in command.families]


def _with_ids_of(was: PutFamily | None, family: PutFamily) -> PutFamily:
    if was is None:
        return family
    ids = {guardian.email.casefold(): guardian.guardian_id for guardian in was.guardians}
    free = (f"g{n}" for n in count(1) if f"g{n}" not in ids.values())
    guardians = tuple(
        guardian.model_copy(update={"guardian_id": ids.pop(guardian.email.casefold(), None) or next(free)})
        for guardian in family.guardians
    )
    return family.model_copy(update={"guardians": guardians})


def _with_positions(changes: Sequence[Change[PutLevel]], command: ImportRoster, known: Known) -> list[Change[PutLevel]]:
    """New levels without a place of their own come after all others, in the order in which they are named."""
    if "position" not in command.keeps.levels:
        return list(changes)
    last = max((level.position for level in known.levels.values()), default=0)
    places = count(last + 1)
    return [
        Change(None, change.now.model_copy(update={"position": next(places)})) if change.is_new else change
        for change in changes
    ]


# --- what is wrong


def _unknown_places(decision: Decision, command: ImportRoster, known: Known) -> Iterator[RefusalReason]:
    """Students of families, levels or venues that are neither known nor come with them."""
    families = known.families.keys() | {family.family_id for family in command.families}
    levels = known.levels.keys() | {level.level_id for level in command.levels}
    for n, change in enumerate(decision.students):
        student = change.now
        if student.family_id not in families:
            told = f"There is no family “{student.family_id}”. Add it to the families, or correct the id."
            yield _reason(command, "students", n, "family_id", "unknown_family", told)
        if student.level_id and student.level_id not in levels:
            told = f"There is no level “{student.level_id}”. Add it to the levels, or correct the id."
            yield _reason(command, "students", n, "level_id", "unknown_level", told)
        if student.venue_id and student.venue_id not in known.venues:
            told = f"The school has no venue “{student.venue_id}”. It has: {', '.join(sorted(known.venues)) or 'none'}."
            yield _reason(command, "students", n, "venue_id", "unknown_venue", told)


def _doubtful_levels(decision: Decision, command: ImportRoster, known: Known) -> Iterator[RefusalReason]:
    """A level may name what is still to come: it may as well be a slip of the pen."""
    levels = known.levels.keys() | {level.level_id for level in command.levels}
    for n, change in enumerate(decision.levels):
        level = change.now
        if level.next_level_id and level.next_level_id not in levels:
            told = f"It leads to the level “{level.next_level_id}”, which is not there (yet)."
            yield _reason(command, "levels", n, "next_level_id", "unknown_level", told)
        if level.layout_id and level.layout_id not in known.layouts:
            told = f"It uses the layout “{level.layout_id}”, which is not published (yet)."
            yield _reason(command, "levels", n, "layout_id", "layout_not_published", told)


def _reason(command: ImportRoster, kind: RosterKind, n: int, name: str, code: str, message: str) -> RefusalReason:
    """The reason with the line on which the thing was read, and its place in the body."""
    return RefusalReason(code=code, message=_place(command, kind, n) + message, path=f"{kind}.{n}.{name}")


def _place(command: ImportRoster, kind: RosterKind, n: int) -> str:
    origin: Lines | None = getattr(command.origins, kind)
    if origin is None or n >= len(origin.lines):
        return ""
    return f"{origin.file}, line {origin.lines[n]}: "
