"""Which font each text begins with: it has to be one that the layout brings, so that it looks the same everywhere.

Families behind the first are for letters that it has not: those come from the server's fonts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.rendering.layouts.declarations import split_at_commas, words
from services.rendering.layouts.faces import Faces
from services.rendering.layouts.problems import HTML, Findings, Report

TAKEN_OVER = {"inherit", "unset", "revert", "revert-layer"}
SIZES = {
    *("xx-small", "x-small", "small", "medium", "large", "x-large", "xx-large", "xxx-large", "larger", "smaller"),
    "math",
}
TO_DO = 'bring the font with @font-face { src: local("…") or url(fonts/…) } and name that family first'


@dataclass(frozen=True, slots=True)
class Use:
    """One `font` or `font-family`."""

    families: list[list[Any]]
    report: Report
    line: int


class Families:
    def __init__(self) -> None:
        self._uses: list[Use] = []
        self._variables: dict[str, list[list[list[Any]]]] = defaultdict(list)

    def read(self, declaration: Any, report: Report) -> None:
        """Keep what the declaration says of families, if anything."""
        items = split_at_commas(declaration.value)
        if declaration.name.startswith("--"):
            self._variables[declaration.name].append(items)
        elif declaration.lower_name == "font-family":
            self._uses.append(Use(items, report, declaration.source_line))
        elif declaration.lower_name == "font":
            self._uses.append(Use([_behind_the_size(items[0]), *items[1:]], report, declaration.source_line))

    def check(self, faces: Faces, findings: Findings) -> None:
        """After the whole layout was read."""
        known = faces.families.keys() | TAKEN_OVER
        for use in self._uses:
            for family in self._resolved(use.families[0]):
                if family.casefold() not in known:
                    use.report.problem(f"{family} may be another font on another machine: {TO_DO}", use.line)
                    # Told once; it is mended in one place.
                    known.add(family.casefold())
        if not self._uses:
            findings.report(HTML).problem(f"no font is named, and each machine would take its own: {TO_DO}")
        mentioned = {name.casefold() for name in self._mentioned()}
        for family, (report, line) in faces.families.items():
            if family not in mentioned:
                report.hint(f"{family} is brought and never named: remove its @font-face", line)

    def _resolved(self, family: list[Any]) -> Iterator[str]:
        """The names that it can stand for: several where a variable has several values."""
        waiting, seen = [family], set()
        while waiting:
            item = waiting.pop()
            variable = _variable(item)
            if variable is None:
                yield words(item) or "a family that cannot be read"
            elif variable not in seen:
                seen.add(variable)
                values = self._variables.get(variable)
                waiting += [value[0] for value in values] if values else _otherwise(item, variable)

    def _mentioned(self) -> Iterator[str]:
        values = [value for values in self._variables.values() for value in values]
        for items in [*(use.families for use in self._uses), *values]:
            yield from map(words, items)


def _variable(item: list[Any]) -> str | None:
    """`--serif` for `var(--serif)`."""
    if len(item) == 1 and item[0].type == "function" and item[0].lower_name == "var":
        return words(split_at_commas(item[0].arguments)[0])
    return None


def _otherwise(item: list[Any], variable: str) -> list[list[Any]]:
    """The value of a `var()` whose variable has none."""
    fallback = split_at_commas(item[0].arguments)[1:]
    return fallback[:1] or [[_Undeclared(variable)]]


def _behind_the_size(item: list[Any]) -> list[Any]:
    """The family of `italic 700 52px/1.2 Georgia`: what comes after the last number, size or calculation."""
    last = max((at for at, token in enumerate(item) if _is_size(token)), default=-1)
    return item[last + 1 :]


def _is_size(token: Any) -> bool:
    if token.type == "function":
        return bool(token.lower_name != "var")
    return token.type in {"number", "dimension", "percentage"} or (token.type == "ident" and token.lower_value in SIZES)


@dataclass(frozen=True, slots=True)
class _Undeclared:
    """Stands for the family of a variable that is declared nowhere."""

    value: str
    type: str = "ident"
