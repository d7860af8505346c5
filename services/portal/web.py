"""What holds for every response of the portal, whichever page it is."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.telemetry import get_logger, last_steps
from services.portal.pages.views import Views

STATIC = Path(__file__).parent / "static"

HEADERS = {
    # No inline script or style, nothing from any other site, and nobody may frame it.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    # The path is the secret: it must not travel to where a link leads.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=31536000"}
"""Where families reach the portal by TLS, they reach it by nothing else from then on."""


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
        everywhere = HEADERS | (STRICT_TRANSPORT if views.is_secure else {})
        self._headers = _raw(everywhere)
        # Dress, not content: kept by browsers, and asked for again whether it changed.
        self._headers_of_dress = _raw(everywhere | {"Cache-Control": "public, no-cache"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = self._headers_of_dress if scope["path"].startswith("/static/") else self._headers
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            # Whoever sent a form has left before its end: nobody reads an answer.
            return
        except Exception as error:
            endpoint = getattr(scope.get("endpoint"), "__qualname__", None)
            get_logger().error(
                "page_failed", endpoint=endpoint, error=type(error).__name__, at=last_steps(error.__traceback__)
            )
            # What has begun ends here: the browser sees that it is not whole.
            if not begun:
                await self._views.unavailable()(scope, receive, send_with_headers)


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
