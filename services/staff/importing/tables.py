"""A CSV file as rows of cells, whatever program wrote it: its letters, its separator and its line ends are found out.

The separator is the one that the header line has most of. (Python's `csv.Sniffer` guesses from the values, and takes
the commas in people's names for it.)
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

SEPARATORS = ",;\t"
EXCEL_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""A first line that only tells Excel which separator to use."""
QUOTED = re.compile(r'"[^"]*"')
FORMULA_GUARD = re.compile(r"^'(?=[=+\-@])")
"""An apostrophe before what a spreadsheet would take for a formula: `export` writes it, and it is no part of it."""


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    """From 1, as an editor counts: that on which it begins."""
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    header: Row
    rows: list[Row]


class Unreadable(Exception):
    """It is no CSV; the text says what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def table_of(content: bytes) -> Table:
    """Blank lines are passed over. Unreadable with the line at which it cannot be read on."""
    text = _text(content)
    first_line = 1
    if told := EXCEL_SEPARATOR.match(text):
        text, first_line = text[told.end() :], 2
    rows = list(_rows(text, told[1] if told else _separator(text), first_line))
    if not rows:
        raise Unreadable(1, "The file is empty. Its first line has to name the columns.")
    return Table(rows[0], rows[1:])


def _text(content: bytes) -> str:
    """UTF-8 or UTF-16, as its first bytes say; what says nothing is UTF-8, or what Excel on Windows writes."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _decoded(content, encoding)
    if b"\x00" in content[:200]:
        return _decoded(content, "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(content, "cp1252")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "There is a letter that cannot be read. Save the file as “CSV UTF-8”.") from error


def _separator(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")
    outside_quotes = QUOTED.sub("", header)
    return max(SEPARATORS, key=outside_quotes.count)


def _rows(text: str, separator: str, first_line: int) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = first_line
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            told = "A quotation mark is opened and not closed, or something follows one that is closed."
            raise Unreadable(line, f"{told} Put names with quotation marks between doubled ones.") from error
        if any(cell.strip() for cell in cells):
            yield Row(line, [_clean(cell) for cell in cells])
        line = first_line + reader.line_num


def _clean(cell: str) -> str:
    """Accents as one letter each, which is how fonts draw them best; no blanks around it."""
    text = unicodedata.normalize("NFC", cell).replace("\u00a0", " ").strip()
    return FORMULA_GUARD.sub("", text)
