"""A line of a file, or a level's several, as what is put; or what is wrong with which of its cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.base import Body
from contracts.roster import PutFamily, PutLevel, PutStudent, PutTeacher
from contracts.roster_queries import RosterKind
from services.staff.importing.columns import COLUMNS, MOST_GUARDIANS

Put = TypeVar("Put", bound=Body)

YES = {"yes", "y", "true", "1", "x", "on"}
NO = {"no", "n", "false", "0", "off", ""}
OF_THE_LEVEL = ("level_name", "position", "next_level_id", "layout_id", "auto_issue")
EMPTY = "It is empty. Fill it in."

Found = tuple[int, str, str]
"""A line, the heading of a column, and what to say about it."""


class BadCell(Exception):
    """The line cannot be read: what is wrong with it, and where."""

    def __init__(self, found: Iterable[Found]) -> None:
        super().__init__("a line that cannot be read")
        self.found = tuple(found)


@dataclass(slots=True)
class Cells:
    """A line's cells by column, and for a level the lines that are about it too."""

    line: int
    header: Sequence[str]
    places: Mapping[str, int]
    cells: Sequence[str]
    more: list[Cells] = field(default_factory=list)
    remarks: list[Found] = field(default_factory=list)

    def has(self, column: str) -> bool:
        return column in self.places

    def text(self, column: str) -> str:
        place = self.places.get(column)
        return self.cells[place] if place is not None and place < len(self.cells) else ""

    def heading(self, column: str) -> str:
        return self.header[self.places[column]] if column in self.places else column

    def bad(self, column: str, message: str) -> BadCell:
        return BadCell([(self.line, self.heading(column), message)])


def grouped(kind: RosterKind, lines: Iterable[Cells]) -> Iterator[Cells]:
    """Each line for itself; the lines of a level together. One without a level's id belongs to the level above it."""
    if kind != "levels":
        yield from lines
        return
    levels: dict[str, Cells] = {}
    last = ""
    for line in lines:
        last = line.text("level_id") or last
        if last in levels:
            levels[last].more.append(line)
        else:
            levels[last] = line
    yield from levels.values()


def made(kind: RosterKind, cells: Cells) -> Body:
    """BadCell with all that is wrong with it."""
    return MAKERS[kind](cells)


def _student(cells: Cells) -> PutStudent:
    typed = _typed(cells, COLUMNS["students"])
    if day := cells.text("weekday"):
        typed["weekday"] = day.casefold()
    return _valid(PutStudent, typed, lambda place: (cells, str(place[0])))


def _teacher(cells: Cells) -> PutTeacher:
    return _valid(PutTeacher, _typed(cells, COLUMNS["teachers"]), lambda place: (cells, str(place[0])))


def _family(cells: Cells) -> PutFamily:
    numbers = [n for n in range(1, MOST_GUARDIANS + 1) if _is_guardian(cells, n)]
    guardians = [_guardian(cells, n) for n in numbers]

    def where(place: tuple[int | str, ...]) -> tuple[Cells, str]:
        if place[0] == "guardians" and len(place) > 2:
            part = "id" if place[2] == "guardian_id" else place[2]
            return cells, f"guardian_{numbers[int(place[1])]}_{part}"
        return cells, "guardian_1_id" if place == () else {"name": "family_name"}.get(str(place[0]), str(place[0]))

    typed = {"family_id": cells.text("family_id"), "name": cells.text("family_name"), "guardians": tuple(guardians)}
    return _valid(PutFamily, typed, where)


def _is_guardian(cells: Cells, n: int) -> bool:
    """Whoever has an address: nobody else can be mailed."""
    name, email = f"guardian_{n}_name", f"guardian_{n}_email"
    if cells.text(name) and not cells.text(email):
        told = "This guardian has no e-mail address and is left out."
        cells.remarks.append((cells.line, cells.heading(name), told))
    return bool(cells.text(email))


def _guardian(cells: Cells, n: int) -> dict[str, str]:
    said = _typed(cells, (f"guardian_{n}_name", f"guardian_{n}_email", f"guardian_{n}_locale"))
    guardian = {column.rpartition("_")[2]: value for column, value in said.items()}
    guardian_id = cells.text(f"guardian_{n}_id") or f"g{n}"
    return {"name": cells.text("family_name"), **guardian, "guardian_id": guardian_id}


def _level(cells: Cells) -> PutLevel:
    lines = [cells, *cells.more]
    of_skills = [line for line in lines if any(line.text(f"skill_{part}") for part in ("id", "name", "kind"))]

    def where(place: tuple[int | str, ...]) -> tuple[Cells, str]:
        if place and place[0] == "skills" and len(place) > 2:
            part = str(place[2]).removeprefix("skill_")
            return of_skills[int(place[1])], f"skill_{part}"
        if place == ():
            return cells, "next_level_id" if cells.text("next_level_id") == cells.text("level_id") else "skill_id"
        return cells, {"name": "level_name"}.get(str(place[0]), str(place[0]))

    _same_level_throughout(cells)
    typed = {
        **_typed(cells, ("level_id", "next_level_id", "layout_id")),
        "name": cells.text("level_name"),
        "position": _position(cells),
        "auto_issue": _yes_or_no(cells, "auto_issue"),
        "skills": tuple(_skill(line) for line in of_skills),
    }
    return _valid(PutLevel, typed, where)


def _same_level_throughout(cells: Cells) -> None:
    """What is said of a level again is said as on its first line, or left empty."""
    differing = [
        (line.line, line.heading(column), f"It is another than on line {cells.line}, where this level begins.")
        for line in cells.more
        for column in OF_THE_LEVEL
        if line.text(column) not in ("", cells.text(column))
    ]
    if differing:
        raise BadCell(differing)


def _skill(line: Cells) -> dict[str, str]:
    kind = line.text("skill_kind").lower() or "tick"
    if kind not in ("tick", "scale"):
        raise line.bad("skill_kind", f"“{kind}” is no kind of skill. Write tick, or scale for 0 to 100.")
    return {"skill_id": line.text("skill_id"), "name": line.text("skill_name"), "kind": kind}


def _position(cells: Cells) -> int:
    typed = cells.text("position")
    if not typed and cells.has("position"):
        raise cells.bad("position", EMPTY)
    if not typed:
        return 0
    if not typed.isascii() or not typed.isdigit() or len(typed) > 6:
        raise cells.bad(
            "position", f"“{typed}” is no place in the ladder. Write a whole number, 1 for the first level."
        )
    return int(typed)


def _yes_or_no(cells: Cells, column: str) -> bool:
    typed = cells.text(column).lower()
    if typed not in YES | NO:
        raise cells.bad(column, f"“{typed}” is neither yes nor no.")
    return typed in YES


MAKERS: Mapping[RosterKind, Callable[[Cells], Body]] = {
    "levels": _level,
    "teachers": _teacher,
    "families": _family,
    "students": _student,
}


def _typed(cells: Cells, columns: Iterable[str]) -> dict[str, Any]:
    """What is empty counts as not given."""
    return {column: cells.text(column) for column in columns if cells.text(column)}


Where = Callable[[tuple[int | str, ...]], tuple[Cells, str]]


def _valid(model: type[Put], typed: Mapping[str, Any], where: Where) -> Put:
    try:
        return model.model_validate(typed, strict=False)
    except ValidationError as error:
        found = []
        for detail in error.errors(include_url=False):
            cells, column = where(detail["loc"])
            found.append((cells.line, cells.heading(column), _words(detail, cells.text(column))))
        raise BadCell(found) from None


def _words(detail: ErrorDetails, typed: str) -> str:
    kind, last = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if not typed:
        return EMPTY
    if kind == "string_too_long":
        return f"It is too long: at most {detail['ctx']['max_length']} characters."
    if kind == "value_error":
        said = str(detail["ctx"]["error"])
        return f"{said[0].upper()}{said[1:]}."
    if last.endswith("_id"):
        return f"“{typed}” is no id: letters A to Z, digits, - and _ only, 64 at most."
    if last == "email":
        return f"“{typed}” is no e-mail address."
    if last == "locale":
        return f"“{typed}” is no language: write en-NZ, mi or the like."
    return f"“{typed}” cannot be used: it has a line break or a control character in it."
