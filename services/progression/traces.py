"""By what a message is known to tell of an erased child. Pure: no IO."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, Self

from pydantic_core import from_json

Ids = frozenset[str]

_KEYS = {
    "student_id": "students",
    "certificate_id": "certificates",
    "certificate_ids": "certificates",
    "progression_id": "progressions",
    "level_changes": "progressions",
    "family_id": "families",
    "guardian_id": "guardians",
}
"""From a field of a body to whose ids stand there."""


@dataclass(frozen=True)
class Traces:
    students: Ids = frozenset()
    certificates: Ids = frozenset()
    progressions: Ids = frozenset()
    families: Ids = frozenset()
    """Only of a family that went with its last child."""
    guardians: Ids = frozenset()
    names: Ids = frozenset()
    """Whole names, as they were printed or could be: a family name alone is the sibling's too."""

    def __or__(self, other: Traces) -> Traces:
        return Traces(**{each: getattr(self, each) | getattr(other, each) for each in self.__dataclass_fields__})

    @classmethod
    def all_of(cls, some: Iterable[Traces]) -> Traces:
        return reduce(Traces.__or__, some, Traces())

    @classmethod
    def of(cls, kept: Mapping[str, list[str]]) -> Self:
        return cls(**{each: frozenset(ids) for each, ids in kept.items()})

    def kept(self) -> dict[str, list[str]]:
        """As JSON can keep it."""
        return {each: sorted(getattr(self, each)) for each in self.__dataclass_fields__}

    @cached_property
    def words(self) -> Ids:
        """What a text that people read would say: names, and ids between the quotes that refusals put around them."""
        return self.names | {f"“{each}”" for each in self.students | self.certificates | self.families}

    def tells_of(self, body: bytes) -> bool:
        """Whether it has one of the ids in its field; or, where it has no such fields, one of the words in a text.

        Where there are ids they decide: another child may have the same name.
        """
        try:
            return self._is_in(from_json(body))
        except ValueError:
            return any(needle in body for needle in self._needles)

    def _is_in(self, value: Any) -> bool:
        if isinstance(value, dict):
            return self._has_id(value) or any(self._is_in(inner) for inner in self._undecided(value))
        if isinstance(value, list):
            return any(self._is_in(inner) for inner in value)
        return isinstance(value, str) and any(word in value for word in self.words)

    def _has_id(self, fields: Mapping[str, Any]) -> bool:
        return any(
            not getattr(self, whose).isdisjoint(_texts(fields[key])) for key, whose in _KEYS.items() if key in fields
        )

    def _undecided(self, fields: Mapping[str, Any]) -> Iterable[Any]:
        decided = not _KEYS.keys().isdisjoint(fields)
        return [inner for inner in fields.values() if not (decided and isinstance(inner, str))]

    @cached_property
    def _needles(self) -> frozenset[bytes]:
        """For what is no JSON, or was cut."""
        ids = self.students | self.certificates | self.progressions | self.families | self.guardians
        texts = {*self.words, *(f'"{each}"' for each in ids)}
        escaped = {json.dumps(name)[1:-1] for name in self.names}
        return frozenset(text.encode() for text in {*texts, *escaped})


def _texts(value: Any) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
