"""Files as one import: every line becomes what it says, or a problem that names its place and the way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.base import Body
from contracts.roster import ImportRoster, Kept, Lines, Origins
from contracts.roster_queries import RosterKind
from services.staff.importing.columns import COLUMNS, Columns, columns_of, kind_of
from services.staff.importing.lines import BadCell, Cells, grouped, made
from services.staff.importing.tables import File, Row, Table, Unreadable, table_of

MOST_BYTES = 7_500_000
"""Of one import as it travels: with its headers it fits into a message of 8 MB."""
MOST_FILE_BYTES = 10_000_000
KEPT_COLUMNS: Mapping[RosterKind, Mapping[str, str]] = {
    "levels": {
        "position": "position",
        "next_level_id": "next_level_id",
        "layout_id": "layout_id",
        "auto_issue": "auto_issue",
        "skill_id": "skills",
    },
    "teachers": {},
    "families": {"guardian_1_email": "guardians", "guardian_1_id": "guardian_ids"},
    "students": {name: name for name in ("preferred_name", "level_id", "class_name", "venue_id", "weekday")},
}
"""What stays as it is where the file has no such column."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    file: str
    line: int
    column: str
    """As the file's header names it; empty where it is about the whole line."""
    message: str
    """What is wrong, and what to do."""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}"
        return f"{place}, {self.column}: {self.message}" if self.column else f"{place}: {self.message}"


@dataclass(slots=True)
class Upload:
    """What the files say."""

    command: ImportRoster = field(default_factory=ImportRoster)
    """Everything that could be read."""
    problems: list[Problem] = field(default_factory=list)
    """Every bad line. As long as there is one, nothing is imported."""
    hints: list[Problem] = field(default_factory=list)
    """What stops nobody, and may be a mistake."""
    spoilt: dict[str, set[str]] = field(default_factory=dict)
    """By kind, the ids of lines that could not be read: whoever refers to one is right to."""


def read(files: Sequence[File], requested_by: str | None = None) -> Upload:
    """All the files as one import, of which the order does not matter."""
    upload = Upload()
    put: dict[str, Any] = {}
    keeps: dict[str, Any] = {}
    origins: dict[str, Any] = {}
    for file in files:
        read_file = _File(file, upload)
        kind = read_file.kind
        if kind is None:
            continue
        if kind in put:
            read_file.problem(1, "", f"There are two files of {kind}. Put their lines into one.")
            continue
        found = read_file.things()
        put[kind] = tuple(thing for _, thing in found)
        origins[kind] = Lines(file=_file_name(file), lines=tuple(line for line, _ in found))
        keeps[kind] = read_file.keeps()
    keeps.pop("teachers", None)
    upload.command = ImportRoster(**put, keeps=Kept(**keeps), origins=Origins(**origins), requested_by=requested_by)
    if len(upload.command.json_bytes()) > MOST_BYTES:
        told = "This is more than one import can carry (some 15,000 students). Import the files in two parts."
        upload.problems.append(Problem(files[0].name, 1, "", told))
    upload.problems.sort()
    return upload


def _file_name(file: File) -> str:
    """As it may stand in a sentence."""
    return "".join(letter for letter in file.name if letter.isprintable()).strip()[-100:] or "file.csv"


class _File:
    """One file being read; what is wrong with it goes to the upload."""

    def __init__(self, file: File, upload: Upload) -> None:
        self._name = _file_name(file)
        self._upload = upload
        self._table = self._read(file)
        self.kind = self._kind()
        self._columns = columns_of(self.kind, self._table.header.cells) if self.kind and self._table else None

    def problem(self, line: int, column: str, message: str) -> None:
        self._upload.problems.append(Problem(self._name, line, column, message))

    def keeps(self) -> tuple[str, ...]:
        assert self._columns is not None
        kept = KEPT_COLUMNS[self._columns.kind].items()
        return tuple(name for column, name in kept if column not in self._columns.places)

    def things(self) -> list[tuple[int, Body]]:
        """Each with its line; ids that are there twice are a problem of the second."""
        columns = self._columns
        if columns is None or self._table is None or not self._header_is_fine(columns, self._table.header):
            return []
        seen: dict[str, int] = {}
        found: list[tuple[int, Body]] = []
        id_column = COLUMNS[columns.kind][0]
        for cells in grouped(columns.kind, self._cells(columns)):
            identity = cells.text(id_column)
            if identity in seen:
                told = f"“{identity}” is on line {seen[identity]} already. Remove one of the two."
                self.problem(cells.line, cells.heading(id_column), told)
                continue
            seen[identity] = cells.line
            thing = self._made(columns, cells)
            if thing is None:
                self._upload.spoilt.setdefault(columns.kind, set()).add(identity)
            else:
                found.append((cells.line, thing))
        return found

    def _made(self, columns: Columns, cells: Cells) -> Body | None:
        try:
            body = made(columns.kind, cells)
        except BadCell as bad:
            for line, column, message in bad.found:
                self.problem(line, column, message)
            return None
        for line, column, message in cells.remarks:
            self._upload.hints.append(Problem(self._name, line, column, message))
        return body

    def _cells(self, columns: Columns) -> Iterator[Cells]:
        assert self._table is not None
        header = self._table.header.cells
        for row in self._table.rows:
            if any(row.cells[len(header) :]):
                told = (
                    f"It has {len(row.cells)} cells, and the header {len(header)}. Put values with a comma in quotes."
                )
                self.problem(row.line, "", told)
                continue
            yield Cells(row.line, header, columns.places, row.cells)

    def _read(self, file: File) -> Table | None:
        if len(file.content) > MOST_FILE_BYTES:
            self.problem(1, "", f"It is over {MOST_FILE_BYTES // 1_000_000} MB. Import it in parts.")
            return None
        try:
            return table_of(file.content)
        except Unreadable as unreadable:
            self.problem(unreadable.line, "", str(unreadable))
            return None

    def _kind(self) -> RosterKind | None:
        if self._table is None:
            return None
        kind = kind_of(self._table.header.cells, self._name)
        if kind is None:
            told = "Its first line names no column that is known. Start from one of the templates."
            self.problem(self._table.header.line, "", told)
        return kind

    def _header_is_fine(self, columns: Columns, header: Row) -> bool:
        for column in columns.missing:
            self.problem(header.line, column, f"There is no column “{column}”. Add it, or rename the one that it is.")
        for heading in columns.twice:
            self.problem(header.line, heading, "Another column means the same. Remove one of the two.")
        if columns.unused:
            told = f"Not used: {', '.join(columns.unused)}."
            self._upload.hints.append(Problem(self._name, header.line, "", told))
        return not columns.missing and not columns.twice
