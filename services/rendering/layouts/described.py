"""Reads `layout.json`: the layout's name, its paper, and its fields with their limits."""

from __future__ import annotations

import json

from pydantic import ConfigDict, ValidationError

from contracts.base import Body, Name
from contracts.rendering import LayoutField, Page
from services.rendering.layouts.json_places import Place, line_of
from services.rendering.layouts.problems import JSON, Findings, Problem


class LayoutFile(Body):
    """`layout.json`."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    page: Page
    fields: tuple[LayoutField, ...]


def described(text: str, findings: Findings) -> LayoutFile | None:
    """What the text says; None, with the findings, where it cannot be read."""
    try:
        return LayoutFile.model_validate(json.loads(text), strict=False)
    except json.JSONDecodeError as error:
        message = f"this is no JSON: {error.msg} at column {error.colno}: correct it"
        findings.problems.append(Problem(JSON, error.lineno, message))
    except RecursionError:
        findings.problems.append(Problem(JSON, 1, "it is nested too deeply: write name, page and fields alone"))
    except ValidationError as error:
        findings.problems.extend(
            _problem(text, tuple(wrong["loc"]), wrong["type"], wrong["msg"]) for wrong in error.errors()
        )
    return None


def _problem(text: str, place: Place, kind: str, said: str) -> Problem:
    named = ".".join(map(str, place)) or "the whole"
    # What is missing has no line: the object in which it belongs has.
    line = line_of(text, place[:-1] if kind == "missing" else place)
    return Problem(JSON, line, f"{named}: {_in_words(kind, said)}")


def _in_words(kind: str, said: str) -> str:
    match kind:
        case "missing":
            return "it is missing: add it"
        case "extra_forbidden":
            return "a layout has no such setting: remove it, or correct its name"
    return f"{said[:1].lower()}{said[1:]}: correct it"
