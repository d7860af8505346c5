"""The form on which a family writes the name as it should be."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from contracts.base import Body, Name
from contracts.portal import FewWords
from services.portal.forms import fields_of, first

NAME = "The name as it should be printed"
MESSAGE = "Your words to the school"
AS_IT_IS = "This is the name that is on the certificate already. Change it to the name as it should be."


class Wish(Body):
    recipient_name: Name
    message: FewWords | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """As it was typed, to be shown again."""

    recipient_name: str = ""
    message: str = ""
    form_id: str = ""


async def typed_in(request: Request) -> Typed:
    fields = await fields_of(request)
    message = first(fields, "message").replace("\r\n", "\n")
    return Typed(first(fields, "recipient_name"), message, first(fields, "form_id"))


def wish_from(typed: Typed, printed: str) -> Wish | list[str]:
    """The wish, or what is wrong with it in words for the family. `printed`: the name as it is."""
    try:
        wish = Wish(recipient_name=typed.recipient_name, message=typed.message or None)
    except ValidationError as error:
        return [_words(detail) for detail in error.errors()]
    return [AS_IT_IS] if wish.recipient_name == printed else wish


def _words(detail: ErrorDetails) -> str:
    field = NAME if detail["loc"][0] == "recipient_name" else MESSAGE
    if detail["type"] == "string_too_short":
        return f"{field} is missing."
    if detail["type"] == "string_too_long":
        return f"{field} can have at most {detail['ctx']['max_length']} characters."
    return f"{field} has characters that cannot be printed. Type it once more, without copying it from elsewhere."
