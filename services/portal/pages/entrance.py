"""How a family comes in: by the link in a mail, once; from then on their browser shows a cookie.

The link's secret is in the address bar for a moment only, so it is in no history, no screenshot and no shared address.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.portal.origin import from_this_site
from services.portal.pages.views import Views
from services.portal.store import Access, Store

COOKIE = "laurel_family"
SESSION_LASTS = timedelta(days=14)
"""After that the link in the mail opens a new one, as long as it works itself."""


class Door:
    """Who is let in to a family's pages."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def family(self, request: Request) -> Access | None:
        """The family whose link this browser has opened, as long as the session lasts and the link works."""
        session = request.cookies.get(COOKIE)
        return await self._store.open_session(session) if session else None


class Entrance:
    """Its path, `/family/{token}`, is like those of the family's pages: its routes come after theirs."""

    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views

    def routes(self) -> list[Route]:
        return [
            Route("/family/leave", self.leave, methods=["POST"]),
            Route("/family/{token}", self.enter),
            Route("/family/{token}/preferences", self.enter_to_preferences),
        ]

    async def enter(self, request: Request) -> Response:
        return await self._enter(request, self._home)

    async def enter_to_preferences(self, request: Request) -> Response:
        """By the link in a mail's footer."""
        return await self._enter(request, f"{self._home}/preferences")

    async def _enter(self, request: Request, leads_to: str) -> Response:
        session = await self._store.add_session(request.path_params["token"], SESSION_LASTS)
        if session is None:
            return self._views.not_found()
        response = RedirectResponse(leads_to, 303)
        response.set_cookie(
            COOKIE,
            session,
            max_age=int(SESSION_LASTS.total_seconds()),
            path=self._home,
            secure=self._views.is_secure,
            httponly=True,
            # Not "strict": whoever comes from a mail program's page is redirected with it at once.
            samesite="lax",
        )
        return response

    async def leave(self, request: Request) -> Response:
        """On a device that is not theirs alone."""
        if not from_this_site(request, self._views.portal_url):
            return self._views.not_from_here()
        if session := request.cookies.get(COOKIE):
            await self._store.end_session(session)
        response = self._views.page("left.html")
        response.delete_cookie(COOKIE, path=self._home)
        return response

    @property
    def _home(self) -> str:
        return f"{self._views.root}/family"
