"""Would a reader of version 1 stumble? The one change that a version allows is a new optional field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PROSE = {"title", "description", "$schema", "examples", "default"}


def breaking_changes(released: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """What in `current` would break those who rely on `released`; both map a message's stem to its JSON Schema."""
    found = []
    for stem, schema in released.items():
        if stem not in current:
            found.append(f"{stem}: the message is gone")
        else:
            found += [f"{stem}{problem}" for problem in _differences(schema, current[stem], schema, current[stem])]
    return found


def _differences(
    old: Any, new: Any, old_root: Mapping[str, Any], new_root: Mapping[str, Any], place: str = ""
) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    if not (isinstance(old, dict) and isinstance(new, dict)):
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for n, (before, after) in enumerate(zip(old, new, strict=True)):
                yield from _differences(before, after, old_root, new_root, f"{place}[{n}]")
        elif old != new:
            yield f"{place}: was {old!r}, is {new!r}"
        return
    yield from _properties(old, new, old_root, new_root, place)
    rest = (old.keys() | new.keys()) - PROSE - {"properties", "required", "$defs"}
    for key in sorted(rest):
        if (key in old) != (key in new):
            yield f"{place}.{key}: was {old.get(key)!r}, is {new.get(key)!r}"
        else:
            yield from _differences(old[key], new[key], old_root, new_root, f"{place}.{key}")


def _properties(
    old: Mapping[str, Any], new: Mapping[str, Any], old_root: Mapping[str, Any], new_root: Mapping[str, Any], place: str
) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in before.keys() - after.keys():
        yield f"{place}.{name}: the field is gone"
    for name in before.keys() & after.keys():
        yield from _differences(before[name], after[name], old_root, new_root, f"{place}.{name}")
    needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(needed_after - needed_before):
        yield f"{place}.{name}: the field was optional (or not there) and is required now"
    for name in sorted(needed_before - needed_after):
        yield f"{place}.{name}: the field was always there and may be absent now"


def _resolved(schema: Any, root: Mapping[str, Any]) -> Any:
    while isinstance(schema, dict) and "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema
