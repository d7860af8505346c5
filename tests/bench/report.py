"""The tables that a person reads, and the file that a program reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

from rich.table import Column, Table

from tests.bench.lab import Figures
from tests.bench.rows import FIGURES, Row


@dataclass(frozen=True, slots=True)
class Result:
    row: Row
    values: tuple[float, ...]
    """One a round, of the figures of that round; a ratio of two, where the row has no unit of its own."""

    @classmethod
    def of(cls, row: Row, rounds: Sequence[Figures]) -> Self:
        return cls(row, tuple(row.value(figures) for figures in rounds))

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def verdict(self) -> str:
        if self.row.reported:
            return "reported"
        return "[green]met[/]" if self.row.met_by(self.value) else "[red]missed[/]"


def results_of(rows: Sequence[Row], rounds: Sequence[Figures]) -> list[Result]:
    """Of the rows whose figures were measured in every round."""
    return [Result.of(row, rounds) for row in rows if all(row.needs <= figures.keys() for figures in rounds)]


def results_table(results: Sequence[Result]) -> Table:
    table = Table(_name(), "median", "of the rounds", "goal", "", title="Laurel, as ratios")
    for result in results:
        sign = "≥" if result.row.better == "higher" else "≤"
        unit = "" if result.row.unit == "x" else f" {result.row.unit}"
        rounds = f"{min(result.values):.2f} to {max(result.values):.2f}"
        goal = "" if result.row.reported else f"{sign} {result.row.goal:g}"
        table.add_row(result.row.name, f"{result.value:.2f}{unit}", rounds, goal, result.verdict)
    return table


def figures_table(rounds: Sequence[Figures]) -> Table:
    table = Table(_name(), "median", "", title="What was measured")
    for name, (what, unit) in FIGURES.items():
        if all(name in figures for figures in rounds):
            table.add_row(what, f"{median(figures[name] for figures in rounds):,.1f}", unit)
    return table


def write_json(results: Sequence[Result], path: Path) -> None:
    """`{"name": {"value", "unit", "goal", "better"}}`, of rows that are only reported, too."""
    content = {
        result.row.name: {
            "value": round(result.value, 3),
            "unit": result.row.unit,
            "goal": result.row.goal,
            "better": result.row.better,
        }
        for result in results
    }
    path.write_text(json.dumps(content, indent=2) + "\n")


def _name() -> Column:
    """Whole, also where the terminal is narrow: it is what one looks for in the file."""
    return Column(no_wrap=True, overflow="fold")
