"""What is wrong with a layout, told so that its designer can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

HTML = "layout.html"
JSON = "layout.json"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    file: str
    line: int
    """From 1; 0 where the problem has no place of its own."""
    message: str
    """What is wrong, and what to do."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class LayoutRefused(Exception):
    """Nothing was published. The text lists every problem, one a line."""

    def __init__(self, layout_id: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join([f"The layout {layout_id} cannot be published:", *map(str, self.problems)]))


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a reading of a layout came upon; both lists grow."""

    problems: list[Problem] = field(default_factory=list)
    hints: list[Problem] = field(default_factory=list)
    """What would be better otherwise, and stops nobody."""

    def report(self, file: str, first_line: int = 1) -> Report:
        return Report(self, file, first_line)


@dataclass(frozen=True, slots=True)
class Report:
    """Tells of one passage of one file; lines are counted within the passage, from 1."""

    findings: Findings
    file: str
    first_line: int

    def problem(self, message: str, line: int = 1) -> None:
        self.findings.problems.append(self._at(message, line))

    def hint(self, message: str, line: int = 1) -> None:
        self.findings.hints.append(self._at(message, line))

    def _at(self, message: str, line: int) -> Problem:
        return Problem(self.file, self.first_line + line - 1 if self.first_line else 0, message)
