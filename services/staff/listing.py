"""Which pending progressions are looked at, in what order, and which page of them: all of it is in the address."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, Self, TypeAlias, get_args
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from contracts.base import Weekday
from contracts.queries import Pending, PendingCertificate, PendingLevelChange, StudentRef, TeacherRef

ON_A_PAGE = 250
"""Progressions: an end of term on one page, and a page that is quick on an old laptop."""

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
WAITING = {"7": "A week or more", "14": "Two weeks or more", "30": "A month or more"}
"""Least days, and how that reads."""

Menu: TypeAlias = tuple[tuple[str, str], ...]
"""What can be chosen: (value, words)."""


@dataclass(frozen=True, slots=True)
class Waits:
    """One progression, with those of its parts that wait."""

    certificate: PendingCertificate | None
    change: PendingLevelChange | None

    @property
    def part(self) -> PendingCertificate | PendingLevelChange:
        part = self.certificate or self.change
        assert part is not None
        return part

    @property
    def progression_id(self) -> str:
        return self.part.progression_id

    @property
    def student(self) -> StudentRef:
        return self.part.student

    @property
    def teacher(self) -> TeacherRef | None:
        return self.part.teacher

    @property
    def completed_on(self) -> date:
        return self.part.completed_on or self.part.since.date()


def all_that_waits(pending: Pending) -> list[Waits]:
    """In the order of the answer: by level and name."""
    changes = {row.progression_id: row for row in pending.level_changes}
    certificates = [Waits(row, changes.pop(row.progression_id, None)) for row in pending.certificates]
    return [*certificates, *(Waits(None, row) for row in changes.values())]


SORTS: dict[str, tuple[str, Callable[[Waits], Any]]] = {
    "student": ("Student", lambda row: _by_name(row.student)),
    "class": ("Class", lambda row: ((row.student.class_name or "").casefold(), _by_name(row.student))),
    "teacher": ("Teacher", lambda row: (row.teacher.name if row.teacher else "", _by_name(row.student))),
    "completed": ("Completed", lambda row: (row.completed_on, _by_name(row.student))),
    "since": ("Waiting since", lambda row: (row.part.since, _by_name(row.student))),
}
"""Without any, rows are in the order of their levels."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is chosen above the list; empty where nothing is."""

    venue: str = ""
    day: str = ""
    class_name: str = ""
    teacher: str = ""
    level: str = ""
    waiting: str = ""
    sort: str = ""
    """One of `SORTS`, or `level`; with a `-` before it, the other way round."""

    @classmethod
    def of(cls, asked: QueryParams) -> Self:
        return cls(**{name: asked.get(_in_address(name), "") for name in _NAMES})

    def address(self, **changed: str) -> str:
        """Of the list with these changes: `/pending?level=level-3&sort=-since`."""
        chosen = replace(self, **changed)
        said = {_in_address(name): value for name in _NAMES if (value := getattr(chosen, name))}
        return f"/pending?{urlencode(said)}" if said else "/pending"

    @property
    def narrows(self) -> bool:
        return replace(self, sort="") != Listing()

    @property
    def cleared(self) -> str:
        return Listing(sort=self.sort).address()

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descends(self) -> bool:
        return self.sort.startswith("-")

    def by(self, column: str) -> str:
        """The address of the list by this column; by the column that it is by already, the other way round."""
        return self.address(sort=f"-{column}" if self.sort == column else column)

    def rows(self, waiting: Iterable[Waits], now: datetime, searched: str = "") -> list[Waits]:
        """Those that match, in their order."""
        wanted = plain(searched)
        found = [row for row in waiting if self._matches(row, now) and wanted in plain(row.student.name)]
        if self.column in SORTS:
            found.sort(key=SORTS[self.column][1])
        return found[::-1] if self.descends else found

    def _matches(self, row: Waits, now: datetime) -> bool:
        student = row.student
        return (
            self.venue in ("", student.venue_id)
            and self.day in ("", student.weekday)
            and self.class_name in ("", student.class_name)
            and self.teacher in ("", row.teacher.teacher_id if row.teacher else None)
            and self.level in ("", row.part.level.level_id)
            and (self.waiting not in WAITING or row.part.since <= now - timedelta(days=int(self.waiting)))
        )


_NAMES = [field.name for field in fields(Listing)]


def _in_address(name: str) -> str:
    return "class" if name == "class_name" else name


@dataclass(frozen=True, slots=True)
class Menus:
    """What there is to choose from: what waits, and nothing else."""

    venues: Menu
    days: Menu
    classes: Menu
    teachers: Menu
    levels: Menu

    @classmethod
    def of(cls, waiting: Sequence[Waits]) -> Self:
        students = [row.student for row in waiting]
        return cls(
            venues=_menu((student.venue_id, student.venue_name) for student in students),
            days=tuple((day, day.title()) for day in WEEKDAYS if any(student.weekday == day for student in students)),
            classes=_menu((student.class_name, student.class_name) for student in students),
            teachers=_menu((row.teacher.teacher_id, row.teacher.name) for row in waiting if row.teacher),
            levels=tuple({row.part.level.level_id: row.part.level.name for row in waiting}.items()),
        )


def _menu(choices: Iterable[tuple[str | None, str | None]]) -> Menu:
    known = {value: words for value, words in choices if value and words}
    return tuple(sorted(known.items(), key=lambda choice: choice[1].casefold()))


def plain(text: str) -> str:
    """As it is typed in a hurry: `maia` finds Māia."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold().strip()


def _by_name(student: StudentRef) -> tuple[str, str]:
    family_name = student.family_name or student.name.rpartition(" ")[2]
    return plain(family_name), plain(student.name)
