"""What is put into a slot for one certificate, and what is made of the report that comes back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from services.rendering.library import FrozenLayout
from services.rendering.pdf import About
from services.rendering.refusals import CannotPrint, does_not_fit, missing_field, wrong_page_count

Fields: TypeAlias = Mapping[str, str]

JOINING = frozenset({"Mn", "Me", "Mc", "Cf"})
"""Unicode categories of what belongs to the letter before it: accents, joiners, variation selectors."""


def filling(fields: Fields) -> dict[str, str]:
    """For `fill.js`."""
    return {name: value.strip() for name, value in fields.items()}


def about(frozen: FrozenLayout, fields: Fields) -> About:
    title = fields.get("title", "").strip() or fields.get("level_name", "").strip() or frozen.layout.name
    return About(title, frozen.language, fields.get("verify_url", "").strip())


def refusal(frozen: FrozenLayout, fields: Fields, report: Mapping[str, Any]) -> CannotPrint | None:
    """Why this filling cannot be printed as it should, if so."""
    for field in report["missing"]:
        return missing_field(frozen.layout.name, field)
    for field in report["overflowing"]:
        return does_not_fit(frozen.layout.name, field, len(fields[field]))
    return wrong_page_count(frozen.layout.name, 2) if report["spills"] else None


def letters(fields: Fields) -> Iterator[tuple[str, str]]:
    """Each different letter of each field, with what is joined to it; what every font has is left out."""
    for field, value in fields.items():
        yield from dict.fromkeys((field, letter) for letter in _letters(value) if not letter.isascii())


def _letters(text: str) -> list[str]:
    letters: list[str] = []
    for character in text:
        if letters and unicodedata.category(character) in JOINING:
            letters[-1] += character
        else:
            letters.append(character)
    return letters
