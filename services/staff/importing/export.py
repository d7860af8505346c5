"""The roster as the CSV files that an import reads: what is there, or the header alone to start from."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contracts.roster import PutFamily, PutLevel, PutStudent, PutTeacher
from contracts.roster_queries import RosterKind
from services.staff.importing.columns import COLUMNS, GUARDIAN_PARTS, MOST_GUARDIANS

FORMULA = re.compile(r"[=+\-@]")
"""A spreadsheet would take what begins so for a formula, and act on it."""
GUARDIANS_OF_A_TEMPLATE = 2


def template(kind: RosterKind) -> bytes:
    """The header alone."""
    return _written(_header(kind, GUARDIANS_OF_A_TEMPLATE), [])


def exported(kind: RosterKind, put: Iterable[Any]) -> bytes:
    """Everybody of one kind, as they would be put again."""
    rows = [row for one in put for row in ROWS[kind](one)]
    guardians = max(
        (int(column.split("_")[1]) for row in rows for column in row if column.startswith("guardian_")), default=1
    )
    return _written(_header(kind, guardians), rows)


def _header(kind: RosterKind, guardians: int) -> list[str]:
    beyond = {f"guardian_{n}_{part}" for n in range(guardians + 1, MOST_GUARDIANS + 1) for part in GUARDIAN_PARTS}
    return [column for column in COLUMNS[kind] if column not in beyond]


def _written(header: list[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """With a mark in front, so that Excel reads the letters right."""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, header, restval="", lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({column: _cell(value) for column, value in row.items()} for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) else text


def _level(level: PutLevel) -> Iterator[Mapping[str, Any]]:
    """A line a skill; what is said of the level stands on its first."""
    said = {"level_name": level.name, **level.model_dump(exclude={"name", "skills"})}
    skills = [
        {"skill_id": skill.skill_id, "skill_name": skill.name, "skill_kind": skill.kind} for skill in level.skills
    ]
    for n, skill in enumerate(skills or [{}]):
        yield {**(said if n == 0 else {"level_id": level.level_id}), **skill}


def _family(family: PutFamily) -> Iterator[Mapping[str, Any]]:
    row: dict[str, Any] = {"family_id": family.family_id, "family_name": family.name}
    for n, guardian in enumerate(family.guardians[:MOST_GUARDIANS], start=1):
        said = {"id": guardian.guardian_id, **guardian.model_dump(exclude={"guardian_id"})}
        row |= {f"guardian_{n}_{part}": said[part] for part in GUARDIAN_PARTS}
    yield row


def _as_it_is(put: PutTeacher | PutStudent) -> Iterator[Mapping[str, Any]]:
    yield put.model_dump()


ROWS: Mapping[RosterKind, Any] = {
    "levels": _level,
    "teachers": _as_it_is,
    "families": _family,
    "students": _as_it_is,
}
