"""Whoever asks for much that is not there is asked to wait."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.portal.limits import Limit, client_of
from services.portal.pages.views import Views

MOST, WITHIN = 60, timedelta(minutes=2)
"""Links and codes that open nothing, from one client: many families may share one, at school or on a phone."""


class Guessing:
    """Says 429 in place of 404, and only in place of it.

    A link that works is thus never refused, whoever else guesses at the same address; and guessing 256 bits succeeds
    neither with nor without a limit.
    """

    def __init__(self, app: ASGIApp, views: Views) -> None:
        self._app = app
        self._views = views
        self._limit = Limit(MOST, WITHIN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def send_unless_refused(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == 404:
                wait_s = self._limit.wait_s(client_of(Request(scope)))
                if wait_s:
                    refused = True
                    await self._views.too_many(wait_s)(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, send_unless_refused)
