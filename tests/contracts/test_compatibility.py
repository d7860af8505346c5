"""A change that would break somebody who relies on version 1 is found, wherever in the contract it is made."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.compatibility import breaking_changes, moved
from contracts.generate import PLACES, places, schemas

Json = dict[str, Any]
Break = Callable[[], object]
SCHEMAS = schemas()
BOUNDS = {"maxLength", "minLength", "minimum", "maximum", "minItems", "maxItems"}


def objects(node: Any, below: str = "") -> Iterator[Json]:
    """Every schema of an object with fields, in it or in what it refers to."""
    if isinstance(node, dict):
        if below not in ("properties", "$defs") and node.get("properties"):
            yield node
        for key, value in node.items():
            yield from objects(value, key if below not in ("properties", "$defs") else "")
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


def breaks_of(place: Json, name: str) -> dict[str, Break]:
    """What can be done to one field of an object that an old reader, or an old sender, stumbles over."""
    field = place["properties"][name]
    found: dict[str, Break] = {
        "field removed": lambda: place["properties"].pop(name),
        "field renamed": lambda: place["properties"].update({f"{name}_": place["properties"].pop(name)}),
        "another type": lambda: place["properties"].update({name: {"type": "null"}}),
    }
    if name in place.get("required", ()):
        found["required made optional"] = lambda: place["required"].remove(name)
    else:
        found["optional made required"] = lambda: place.setdefault("required", []).append(name)
    # What stands beside a `$ref` is seen by nobody who resolves it, and so breaks nobody.
    if "$ref" not in field:
        found["narrowed"] = lambda: field.update(maxLength=3, maxItems=3, maximum=3)
    if "enum" in field:
        found["enum value removed"] = lambda: field["enum"].pop()
        found["enum value added"] = lambda: field["enum"].append("another")
    for bound in sorted(BOUNDS & field.keys()):
        found[f"{bound} moved"] = partial(field.update, {bound: field[bound] + 1})
        found[f"{bound} gone"] = partial(field.pop, bound)
    for words in sorted({"pattern", "format"} & field.keys()):
        found[f"{words} changed"] = partial(field.update, {words: "else"})
    if len(field.get("anyOf", ())) > 1:
        found["a choice less"] = lambda: field["anyOf"].pop()
    if "items" in field:
        found["other items"] = lambda: field.update(items={"type": "null"})
    return found


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, str, Json]:
    """A stem, what was done to it, and its schema afterwards."""
    stem = draw(st.sampled_from(sorted(stem for stem, schema in SCHEMAS.items() if list(objects(schema)))))
    schema = copy.deepcopy(SCHEMAS[stem])
    place = draw(st.sampled_from(list(objects(schema))))
    name = draw(st.sampled_from(sorted(place["properties"])))
    what, break_it = draw(st.sampled_from(list(breaks_of(place, name).items())))
    break_it()
    return stem, f"{what}: {name}", schema


@pytest.mark.heavy
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(broken())
def test_whatever_breaks_an_old_reader_is_found(change: tuple[str, str, Json]) -> None:
    stem, what, after = change
    assert breaking_changes({stem: SCHEMAS[stem]}, {stem: after}), what


@pytest.mark.heavy
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_new_optional_field_and_better_words_break_nobody_wherever_they_are(data: st.DataObject) -> None:
    stem = data.draw(st.sampled_from(sorted(stem for stem, schema in SCHEMAS.items() if list(objects(schema)))))
    schema = copy.deepcopy(SCHEMAS[stem])
    place = data.draw(st.sampled_from(list(objects(schema))))
    place["properties"]["added_later"] = {"type": "integer"}
    place["description"] = "said better"
    assert breaking_changes({stem: SCHEMAS[stem]}, {stem: schema}) == []


@pytest.mark.parametrize("stem", ["certificates.cmd.start_generation.v1", "progression.query.pending.v1.request"])
def test_what_a_left_out_field_means_stays(stem: str) -> None:
    current = copy.deepcopy(SCHEMAS)
    optional = next(field for field in current[stem]["properties"].values() if "default" in field)
    optional["default"] = "else"
    assert len(breaking_changes(SCHEMAS, current)) == 1


def test_each_message_is_missed_when_it_is_gone() -> None:
    for stem, schema in SCHEMAS.items():
        assert breaking_changes({stem: schema}, {}) == [f"{stem}: the message is gone"]


def test_every_message_is_where_it_was_released_and_a_school_may_do_with_it_what_it_could() -> None:
    released = json.loads(PLACES.read_text())
    assert released.keys() == places().keys(), "run `python -m contracts.generate` to release the new messages"
    assert moved(released, places()) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"subject": "certificates.event.issued.v1.{school_id}"}, "its subject was"),
        ({"type": "school.laurel.issued.v1"}, "its type was"),
        ({"school": []}, "a school's systems may no longer hear"),
    ],
)
def test_a_message_that_moved_or_is_taken_from_the_school_is_found(change: Json, problem: str) -> None:
    issued = "certificates.evt.issued.v1"
    current = {**places(), issued: {**places()[issued], **change}}
    [found] = moved(places(), current)
    assert found.startswith(f"{issued}: {problem}")
