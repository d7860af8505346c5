"""What holds for every response of the portal, whichever page it is."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.telemetry import get_logger
from services.portal.pages.views import Views

STATIC = Path(__file__).parent / "static"

HEADERS = {
    # No inline script or style, nothing from any other site, and nobody may frame it.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    # The path is the secret: it must not travel to where a link leads.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "no-store",
}


def routes_around(pages: list[Route], views: Views) -> list[BaseRoute]:
    """The pages, the files that they are dressed in, and the same answer to every other path."""

    async def robots(_: Request) -> Response:
        # Messengers ask before they show a preview. Search engines are told "noindex" by the page itself.
        return PlainTextResponse("User-agent: *\nAllow: /share/\nDisallow: /\n")

    async def not_found(_: Request) -> Response:
        return views.not_found()

    return [
        Route("/robots.txt", robots),
        Mount("/static", StaticFiles(directory=STATIC)),
        *pages,
        Route("/{path:path}", not_found, methods=["GET", "POST"]),
    ]


class Shell:
    """Adds the headers, and answers with a readable page where a page fails.

    Nothing of the path is ever logged: it holds the token.
    """

    def __init__(self, app: ASGIApp, views: Views) -> None:
        self._app = app
        self._views = views

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _headers_for(scope["path"]).items():
                    headers[name] = value
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            get_logger().exception("page_failed", endpoint=getattr(scope.get("endpoint"), "__qualname__", None))
            await self._views.unavailable()(scope, receive, send_with_headers)


def _headers_for(path: str) -> dict[str, str]:
    if path.startswith("/static/"):
        # Dress, not content: kept by browsers, and asked for again whether it changed.
        return {**HEADERS, "Cache-Control": "public, no-cache"}
    return HEADERS
