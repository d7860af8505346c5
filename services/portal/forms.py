"""What was typed into a form."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

LONGEST = 16_384
MOST_FIELDS = 200


async def fields_of(request: Request) -> dict[str, list[str]]:
    """Each field's values. Empty where the body is no form, or longer than any of ours: then it is not read on."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return {}
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}


def first(fields: dict[str, list[str]], name: str) -> str:
    """The field's value; empty where there is none."""
    return next(iter(fields.get(name, ())), "").strip()
