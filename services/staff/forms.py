"""What was typed into a form: read as a command's body, or the reasons why it cannot be one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.base import GIVEN_ID_PATTERN, Body
from contracts.commands import RefusalReason

Command = TypeVar("Command", bound=Body)

MISSING = {
    "layout_id": "Choose a layout.",
    "teacher_id": "Choose a teacher.",
    "reason": "Say why.",
}
"""What to say where nothing was chosen, by field."""

NOT_A_DATE = "This is not a date: choose one from the calendar, or leave it empty."


@dataclass(frozen=True, slots=True)
class Unusable(Exception):
    """No command can be made of this, and why."""

    reasons: tuple[RefusalReason, ...]


async def form_of(request: Request, **limits: int) -> FormData:
    """What was typed and chosen. HTTPException for what no page of ours sends: those write UTF-8 and do not say so."""
    _, said = parse_options_header(request.headers.get("content-type"))
    if said.get(b"charset", b"utf-8").lower() != b"utf-8":
        # There are codecs among Python's that fail in ways of their own, or decode to what nobody can encode.
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return await request.form(**limits)


def text(form: FormData, name: str) -> str:
    """What was typed, without the blanks around it, lines ended as everywhere else."""
    return str(form.get(name) or "").replace("\r\n", "\n").strip()


def texts(form: FormData, name: str) -> tuple[str, ...]:
    return tuple(str(value) for value in form.getlist(name))


def given_id(said: str) -> str:
    """An id that a page of ours put into a form. HTTPException for what can be none."""
    if not re.fullmatch(GIVEN_ID_PATTERN, said):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return said


def whole(said: str) -> int | None:
    """The number that is written there; None for what is none, or has more digits than anything that is counted."""
    return int(said) if re.fullmatch(r"[0-9]{1,18}", said) else None


def read_as(command: type[Command], typed: Mapping[str, object]) -> Command:
    """The typed values as a command; what is empty counts as not given. Unusable with reasons for people."""
    given = {name: value for name, value in typed.items() if value not in ("", None)}
    try:
        return command.model_validate_json(json.dumps(given))
    except ValidationError as error:
        raise Unusable(tuple(_reason(detail) for detail in error.errors())) from error


def _reason(detail: ErrorDetails) -> RefusalReason:
    path = ".".join(str(step) for step in detail["loc"])
    return RefusalReason(code=detail["type"], message=_words(detail, path), path=path or None)


def _words(detail: ErrorDetails, path: str) -> str:
    if detail["type"] == "missing":
        return MISSING.get(path, "Something is missing.")
    if detail["type"].startswith("date"):
        return NOT_A_DATE
    if detail["type"] == "string_too_long":
        return f"This is too long: at most {detail['ctx']['max_length']} characters."
    if detail["type"] == "string_too_short":
        return "This cannot be left empty."
    if detail["type"] == "value_error":
        said = str(detail["ctx"]["error"])
        return f"{said[0].upper()}{said[1:]}."
    return "This cannot be used as it is typed."
