"""Would a reader of version 1 stumble? The one change that a version allows is a new optional field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PROSE = frozenset({"title", "description", "$schema", "examples"})
NOT_SAID = frozenset({"default"})
"""What a field means that is left out is for whoever reads the message: the sender of a command or question relies on
it, and of what Laurel itself says each reader has a mind of its own."""


def breaking_changes(released: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """What in `current` would break those who rely on `released`; both map a message's stem to its JSON Schema."""
    found = []
    for stem, schema in released.items():
        if stem not in current:
            found.append(f"{stem}: the message is gone")
        else:
            ignored = PROSE if _is_for_laurel(stem) else PROSE | NOT_SAID
            problems = _Comparison(schema, current[stem], ignored).differences(schema, current[stem])
            found += [f"{stem}{problem}" for problem in problems]
    return found


def _is_for_laurel(stem: str) -> bool:
    return ".cmd." in stem or stem.endswith(".request")


def moved(released: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """What a school's systems would miss; both map a stem to its subject, its type, and what they may do with it."""
    found = []
    for stem, place in released.items():
        there = current.get(stem, {})
        found += [
            f"{stem}: its {what} was {place[what]}, is {there.get(what)}"
            for what in ("subject", "type")
            if place.get(what) != there.get(what)
        ]
        found += [
            f"{stem}: a school's systems may no longer {right}"
            for right in place["school"]
            if right not in there.get("school", ())
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Of two whole schemas, in which `$ref` points."""

    old_root: Mapping[str, Any]
    new_root: Mapping[str, Any]
    ignored: frozenset[str]

    def differences(self, old: Any, new: Any, place: str = "") -> Iterator[str]:
        old, new = _resolved(old, self.old_root), _resolved(new, self.new_root)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self._properties(old, new, place)
            for key in sorted((old.keys() | new.keys()) - self.ignored - {"properties", "required", "$defs"}):
                if (key in old) != (key in new):
                    yield f"{place}.{key}: was {old.get(key)!r}, is {new.get(key)!r}"
                else:
                    yield from self.differences(old[key], new[key], f"{place}.{key}")
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for n, (before, after) in enumerate(zip(old, new, strict=True)):
                yield from self.differences(before, after, f"{place}[{n}]")
        elif type(old) is not type(new) or old != new:
            yield f"{place}: was {old!r}, is {new!r}"

    def _properties(self, old: Mapping[str, Any], new: Mapping[str, Any], place: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in sorted(before.keys() - after.keys()):
            yield f"{place}.{name}: the field is gone"
        for name in sorted(before.keys() & after.keys()):
            yield from self.differences(before[name], after[name], f"{place}.{name}")
        needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(needed_after - needed_before):
            yield f"{place}.{name}: the field was optional (or not there) and is required now"
        for name in sorted(needed_before - needed_after):
            yield f"{place}.{name}: the field was always there and may be absent now"


def _resolved(schema: Any, root: Mapping[str, Any]) -> Any:
    while isinstance(schema, dict) and "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema
