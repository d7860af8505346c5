"""Whether a certificate is genuine: for whoever scans the code that is printed on it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.portal.pages.views import Views
from services.portal.store import Store


class VerificationPage:
    """The code is on the paper, so the page shows no more of the child's name than helps to compare."""

    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views

    def routes(self) -> list[Route]:
        return [Route("/verify/{code}", self.show)]

    async def show(self, request: Request) -> Response:
        certificate = await self._store.certificate_by_code(request.path_params["code"])
        if certificate is None:
            return self._views.page("unverified.html", 404)
        return self._views.page("verified.html", certificate=certificate)
