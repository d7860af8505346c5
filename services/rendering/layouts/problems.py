"""What is wrong with a layout, told so that its designer can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
