"""A family's own pages: their children's certificates, and the links that they share.

The session's cookie is not sent with another site's form, and `from_this_site` looks once more: so there is no further
token in the forms.
"""

from __future__ import annotations

import re
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from contracts.base import GIVEN_ID_PATTERN
from services.portal.domain import Certificate, children_of
from services.portal.origin import from_this_site
from services.portal.pages.entrance import Door
from services.portal.pages.views import Views
from services.portal.store import Access, Store


class FamilyPages:
    def __init__(self, store: Store, door: Door, views: Views) -> None:
        self._store = store
        self._door = door
        self._views = views

    def routes(self) -> list[Route]:
        certificate = "/family/certificates/{certificate_id}"
        return [
            Route("/family", self.family),
            Route(f"{certificate}/{{version:int}}.pdf", self.pdf),
            Route(f"{certificate}/share", self.share, methods=["POST"]),
            Route(f"{certificate}/share", self.back),
            Route(f"{certificate}/shares/{{share_id:uuid}}/revoke", self.revoke, methods=["POST"]),
            Route(certificate, self.certificate),
        ]

    async def family(self, request: Request) -> Response:
        access = await self._door.family(request)
        if access is None:
            return self._views.not_found()
        children = children_of(await self._store.certificates(access))
        return self._views.page("family.html", home=self._home, children=children)

    async def certificate(self, request: Request) -> Response:
        opened = await self._open(request)
        return await self._certificate_page(*opened) if opened else self._views.not_found()

    async def pdf(self, request: Request) -> Response:
        opened = await self._open(request)
        version = opened and opened[1].version(request.path_params["version"])
        if not opened or not version:
            return self._views.not_found()
        certificate = opened[1]
        return await self._views.pdf(request, certificate, version, home=f"{self._home}/certificates/{certificate.id}")

    async def share(self, request: Request) -> Response:
        """Make a share link, and show its URL this once: it cannot be read back."""
        opened = await self._open(request)
        if not opened or opened[1].state != "valid":
            return self._views.not_found()
        if not from_this_site(request, self._views.portal_url):
            return self._views.not_from_here()
        token = await self._store.add_share(opened[0], opened[1].id)
        return await self._certificate_page(*opened, new_link=f"{self._views.portal_url}/share/{token}")

    async def back(self, request: Request) -> Response:
        """Whoever reloads the page that showed a new link: it is shown once."""
        opened = await self._open(request)
        return self._to_shares(opened[1]) if opened else self._views.not_found()

    async def revoke(self, request: Request) -> Response:
        opened = await self._open(request)
        if not opened:
            return self._views.not_found()
        if not from_this_site(request, self._views.portal_url):
            return self._views.not_from_here()
        access, certificate = opened
        share_id: UUID = request.path_params["share_id"]
        await self._store.revoke_share(access, certificate.id, share_id)
        return self._to_shares(certificate)

    async def _open(self, request: Request) -> tuple[Access, Certificate] | None:
        """The certificate in the path, if it is the family's whose session this is."""
        certificate_id = request.path_params["certificate_id"]
        access = await self._door.family(request)
        if access is None or not re.match(GIVEN_ID_PATTERN, certificate_id):
            return None
        certificate = await self._store.certificate(access, certificate_id)
        return (access, certificate) if certificate else None

    async def _certificate_page(
        self, access: Access, certificate: Certificate, new_link: str | None = None
    ) -> Response:
        return self._views.page(
            "certificate.html",
            201 if new_link else 200,
            home=self._home,
            certificate=certificate,
            shares=await self._store.shares(access, certificate.id),
            new_link=new_link,
        )

    def _to_shares(self, certificate: Certificate) -> Response:
        return RedirectResponse(f"{self._home}/certificates/{certificate.id}#share", 303)

    @property
    def _home(self) -> str:
        return f"{self._views.root}/family"
