"""Whether a certificate is genuine: for whoever scans the code that is printed on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.portal.domain import Certificate, Version
from services.portal.limits import Limit, client_of
from services.portal.pages.views import Views
from services.portal.store import Store
from services.portal.uploads import NoFile, TooLarge, sha256_of_upload

MOST_FILES, WITHIN = 30, timedelta(minutes=5)
"""From one client."""


class VerificationPage:
    """The code is on the paper, so the page shows no more of the child's name than helps to compare.

    A file that is compared with the issued ones stays with whoever sent it: it is hashed and forgotten.
    """

    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views
        self._limit = Limit(MOST_FILES, WITHIN)

    def routes(self) -> list[Route]:
        return [Route("/verify/{code}", self.show), Route("/verify/{code}", self.compare, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        certificate = await self._of(request)
        return self._page(request, certificate) if certificate else self._unknown()

    async def compare(self, request: Request) -> Response:
        """The page again, with what the file is. Nothing is told of any other certificate."""
        certificate = await self._of(request)
        if certificate is None:
            return self._unknown()
        if wait_s := self._limit.wait_s(client_of(request)):
            return self._views.too_many(wait_s)
        try:
            version = certificate.version_of(await sha256_of_upload(request))
        except NoFile:
            return self._page(request, certificate, 400, compared="no_file")
        except TooLarge:
            return self._page(request, certificate, 413, compared="too_large")
        if version is None:
            return self._page(request, certificate, compared="another")
        return self._page(request, certificate, compared="issued", version=version)

    async def _of(self, request: Request) -> Certificate | None:
        return await self._store.certificate_by_code(request.path_params["code"])

    def _page(
        self,
        request: Request,
        certificate: Certificate,
        status: int = 200,
        *,
        compared: Literal["issued", "another", "no_file", "too_large"] | None = None,
        version: Version | None = None,
    ) -> Response:
        here = f"{self._views.root}/verify/{request.path_params['code']}"
        return self._views.page(
            "verified.html", status, certificate=certificate, here=here, compared=compared, version=version
        )

    def _unknown(self) -> Response:
        return self._views.page("unverified.html", 404)
