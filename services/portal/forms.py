"""What somebody sent with one of the portal's small forms."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

MOST_BYTES = 4096


async def small_form(request: Request) -> dict[str, str]:
    """Its fields. One that is longer than ours can be has none."""
    sent = b""
    async for chunk in request.stream():
        sent += chunk
        if len(sent) > MOST_BYTES:
            return {}
    return dict(parse_qsl(sent.decode("utf-8", "replace")))
