"""Which column is which: the four kinds of files, their columns, and what else schools call them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.roster_queries import RosterKind

MOST_GUARDIANS = 9
GUARDIAN_PARTS = ("id", "name", "email", "locale")

COLUMNS: Mapping[RosterKind, tuple[str, ...]] = {
    "levels": (
        "level_id", "level_name", "position", "next_level_id", "layout_id", "auto_issue",
        "skill_id", "skill_name", "skill_kind",
    ),
    "teachers": ("teacher_id", "name"),
    "families": (
        "family_id", "family_name",
        *(f"guardian_{n}_{part}" for n in range(1, MOST_GUARDIANS + 1) for part in GUARDIAN_PARTS),
    ),
    "students": (
        "student_id", "family_id", "given_name", "family_name", "preferred_name", "level_id", "class_name", "venue_id",
        "weekday",
    ),
}  # fmt: skip
"""In the order in which they are written."""

NEEDED: Mapping[RosterKind, tuple[str, ...]] = {
    "levels": ("level_id", "level_name"),
    "teachers": ("teacher_id", "name"),
    "families": ("family_id", "family_name"),
    "students": ("student_id", "family_id", "given_name", "family_name"),
}

ALSO_CALLED: Mapping[RosterKind, Mapping[str, tuple[str, ...]]] = {
    "levels": {
        "level_id": ("id", "level", "level code"),
        "level_name": ("name",),
        "position": ("order",),
        "next_level_id": ("next level",),
        "layout_id": ("layout",),
        "auto_issue": ("issues by itself", "automatic"),
        "skill_name": ("skill",),
        "skill_kind": ("kind", "type", "skill type"),
    },
    "teachers": {
        "teacher_id": ("id", "teacher", "teacher number", "staff id", "instructor id"),
        "name": ("teacher name", "full name", "instructor", "instructor name"),
    },
    "families": {
        "family_id": ("id", "family", "family number", "household", "household id", "account", "account id"),
        "family_name": ("name", "surname", "last name", "household name", "account name"),
    },
    "students": {
        "student_id": ("id", "student", "student number", "student no", "pupil id", "child id", "swimmer id"),
        "family_id": ("family", "family number", "household", "household id", "account", "account id"),
        "given_name": ("first name", "forename", "christian name", "firstname"),
        "family_name": ("last name", "surname", "lastname"),
        "preferred_name": ("known as", "nickname", "preferred"),
        "level_id": ("level", "level code"),
        "class_name": ("class", "group", "lesson"),
        "venue_id": ("venue", "location", "pool"),
        "weekday": ("day", "class day"),
    },
}
"""Next to the column's own name, which may be written in any case, and with blanks."""

GUARDIAN = re.compile(
    r"(?:guardian|parent|contact|caregiver)? ?(?P<n>[1-9])? ?"
    r"(?P<part>id|name|full name|e mail|email|email address|locale|language)?(?: (?P<last>[1-9]))?"
)
PARTS = {"full name": "name", "e mail": "email", "email address": "email", "language": "locale", None: "name"}

TELLING: Sequence[tuple[RosterKind, re.Pattern[str]]] = (
    ("students", re.compile(r"student|pupil|child|swimmer|given name|first ?name|forename")),
    ("teachers", re.compile(r"teacher|instructor|staff id")),
    ("levels", re.compile(r"skill|level")),
    ("families", re.compile(r"family|guardian|parent|caregiver|household|e ?mail")),
)
"""The first that a header's words have is what the file is about; else the first that its name has."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a header says."""

    kind: RosterKind
    places: Mapping[str, int]
    """By column, where in a line it is."""
    missing: tuple[str, ...]
    """Columns that no line can do without."""
    twice: tuple[str, ...]
    """Headings that mean a column which is there already."""
    unused: tuple[str, ...]
    """Headings that mean nothing here."""


def kind_of(header: Sequence[str], file: str) -> RosterKind | None:
    words = " | ".join(_plain(heading) for heading in header)
    for text in (words, _plain(file)):
        for kind, telling in TELLING:
            if telling.search(text):
                return kind
    return None


def columns_of(kind: RosterKind, header: Sequence[str]) -> Columns:
    places: dict[str, int] = {}
    twice, unused = [], []
    for place, heading in enumerate(header):
        column = _column(kind, _plain(heading))
        if column is None:
            unused.append(heading)
        elif column in places:
            twice.append(heading)
        else:
            places[column] = place
    missing = tuple(column for column in NEEDED[kind] if column not in places)
    return Columns(kind, places, missing, tuple(twice), tuple(name for name in unused if name))


def _column(kind: RosterKind, heading: str) -> str | None:
    for column in COLUMNS[kind]:
        if heading == column.replace("_", " ") or heading in ALSO_CALLED[kind].get(column, ()):
            return column
    return _guardian_column(heading) if kind == "families" and heading else None


def _guardian_column(heading: str) -> str | None:
    """`Parent 2 e-mail`, `Email 2` and `guardian_2_email` are one; without a number it is the first guardian's."""
    said = GUARDIAN.fullmatch(heading)
    if said is None:
        return None
    part = said["part"]
    return f"guardian_{said['n'] or said['last'] or 1}_{PARTS.get(part, part)}"


def _plain(heading: str) -> str:
    """In small letters, with one blank between words, `givenName` being two."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return " ".join(re.sub(r"[\W_]+", " ", apart).lower().split())
