"""What a share link opens: one certificate, and no way from it to anything else."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.portal.domain import Certificate
from services.portal.pages.views import Views
from services.portal.store import Store


class SharedPages:
    """A share link follows its certificate: after a correction it shows the corrected version."""

    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views

    def routes(self) -> list[Route]:
        # Tokens have no dot, so the PDF's path cannot be taken for a token.
        return [Route("/share/{token}.pdf", self.pdf), Route("/share/{token}", self.show)]

    async def show(self, request: Request) -> Response:
        certificate = await self._open(request)
        if certificate is None:
            return self._views.not_found()
        return self._views.page("shared.html", home=self._home(request), certificate=certificate)

    async def pdf(self, request: Request) -> Response:
        certificate = await self._open(request)
        if certificate is None:
            return self._views.not_found()
        return await self._views.pdf(request, certificate, certificate.newest, home=self._home(request))

    async def _open(self, request: Request) -> Certificate | None:
        access = await self._store.open_share(request.path_params["token"])
        if access is None or access.certificate_id is None:
            return None
        return await self._store.certificate(access, access.certificate_id)

    def _home(self, request: Request) -> str:
        return f"{self._views.root}/share/{request.path_params['token']}"
