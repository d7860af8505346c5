"""`POST /bounces`: mails that came back, handed over by a mail server that has no mailbox for them."""

from __future__ import annotations

import secrets

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.kit.delivery import passes_by_itself
from services.kit.telemetry import get_logger
from services.notification.bouncing import Bouncing, Heard
from services.notification.delivery_report import DELIVERY_STATUS, Returned, Unreadable, returned

LARGEST = 10_000_000
"""Bytes."""
CAME_TO = "X-Original-To"
"""The header of the request that names the envelope's recipient: an address has no place in a URL."""


class TooLarge(Exception):
    pass


class BounceWeb:
    def __init__(self, bouncing: Bouncing, secret: str) -> None:
        """`secret` is what a caller shows: `Authorization: Bearer …`."""
        self._bouncing = bouncing
        self._expected = f"Bearer {secret}".encode()
        self.routes = [Route("/bounces", self.post, methods=["POST"])]

    async def post(self, request: Request) -> Response:
        """200 recorded or nothing to record, 401, 413, 415, 422 with the reason, 503 where it is to come again."""
        shown = request.headers.get("Authorization", "").encode()
        if not secrets.compare_digest(shown, self._expected):
            return _said(401, "The secret is missing or wrong.", {"WWW-Authenticate": "Bearer"})
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in ("message/rfc822", DELIVERY_STATUS):
            return _said(415, f"A whole mail (message/rfc822) or its {DELIVERY_STATUS} is read here, and nothing else.")
        try:
            heard = await self._bouncing.hear(await _read(request, kind), *request.headers.getlist(CAME_TO))
        except TooLarge:
            return _said(413, f"More than {LARGEST:,} bytes are no delivery report.")
        except ClientDisconnect:
            return _said(400, "It did not come whole.")
        except Unreadable as unreadable:
            get_logger().error("bounce_unreadable", reason=str(unreadable))
            return _said(422, f"{unreadable} Nothing was recorded: keep it, and look at it.")
        except Exception as error:
            if not passes_by_itself(error):
                raise
            return _said(503, "Nothing can be recorded now.", {"Retry-After": "30"})
        if heard is Heard.TOO_EARLY:
            return _said(503, heard.value, {"Retry-After": "30"})
        return _said(200, heard.value)


async def _read(request: Request, kind: str) -> Returned:
    content = b"" if kind == "message/rfc822" else f"Content-Type: {kind}\r\n\r\n".encode()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST:
            raise TooLarge
    return returned(content)


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers)
