"""Papers as they are handed out: by venue and class, within it by teacher, then child."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, Protocol, TypeAlias, TypeVar

from contracts.queries import StudentRef, TeacherRef

NO_CLASS = "No class"
NO_TEACHER = "No teacher"
DIGITS = re.compile(r"(\d+)")


class Paper(Protocol):
    """A certificate, whoever tells of it."""

    @property
    def certificate_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def student(self) -> StudentRef: ...
    @property
    def teacher(self) -> TeacherRef | None: ...


Kind = TypeVar("Kind", bound=Paper)


@dataclass(frozen=True, slots=True)
class Group(Generic[Kind]):
    """A class's papers that come from one teacher."""

    heading: str
    papers: tuple[Kind, ...]


Place: TypeAlias = tuple[str, str, str]
"""Venue, class and teacher by their names."""


def grouped(papers: Iterable[Kind]) -> list[Group[Kind]]:
    """In the order in which they are handed out. The venue is said where there is more than one."""
    ordered = sorted(papers, key=lambda paper: (*_rank(_place(paper)), collated(paper.student.name), paper.number))
    several = len({venue for venue, _, _ in map(_place, ordered)}) > 1
    return [Group(_heading(place, several), tuple(group)) for place, group in groupby(ordered, key=_place)]


def in_order(groups: Sequence[Group[Kind]]) -> list[Kind]:
    return [paper for group in groups for paper in group.papers]


def collated(text: str) -> tuple[tuple[int, int, str], ...]:
    """What people sort by: Ā beside A, capitals beside small letters, 9 before 10."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    parts = DIGITS.split(plain.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def _place(paper: Paper) -> Place:
    return (
        paper.student.venue_name or "",
        paper.student.class_name or "",
        paper.teacher.name if paper.teacher else "",
    )


def _rank(place: Place) -> list[object]:
    """Who is in no class comes last."""
    return [(not name, collated(name)) for name in place]


def _heading(place: Place, says_venue: bool) -> str:
    venue, class_name, teacher = place
    said = [venue if says_venue else "", class_name or NO_CLASS, teacher or NO_TEACHER]
    return " · ".join(name for name in said if name)
