"""A family's own pages: their children's certificates, and the links that they share.

The session's cookie is not sent with another site's form, and `from_this_site` looks once more: so there is no further
token in the forms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from contracts.base import GIVEN_ID_PATTERN
from contracts.envelope import new_id
from services.portal.asked_names import AskedNames, NotAsked
from services.portal.domain import Certificate, children_of
from services.portal.forms import fields_of
from services.portal.name_form import Typed, typed_in
from services.portal.origin import from_this_site
from services.portal.pages.entrance import Door
from services.portal.pages.files import Files
from services.portal.pages.views import Views
from services.portal.sharing import Paper, whole, wish_from
from services.portal.sharing_by_family import Sharing
from services.portal.store import Access, Store


class FamilyPages:
    def __init__(
        self, store: Store, door: Door, sharing: Sharing, names: AskedNames, files: Files, views: Views
    ) -> None:
        self._store = store
        self._door = door
        self._sharing = sharing
        self._names = names
        self._files = files
        self._views = views

    def routes(self) -> list[Route]:
        certificate = "/family/certificates/{certificate_id}"
        return [
            Route("/family", self.family),
            Route(f"{certificate}/{{version:int}}.pdf", self.pdf),
            Route(f"{certificate}/{{version:int}}.jpg", self.picture),
            Route(f"{certificate}/share", self.share, methods=["POST"]),
            Route(f"{certificate}/share", self.back),
            Route(f"{certificate}/name", self.ask_for_name, methods=["POST"]),
            Route(f"{certificate}/name", self.back_to_name),
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
        paper = await self._paper(request)
        if isinstance(paper, Response):
            return paper
        return await self._files.pdf(request, paper, home=self._at(paper.version.certificate_id))

    async def picture(self, request: Request) -> Response:
        paper = await self._paper(request)
        if isinstance(paper, Response):
            return paper
        return await self._files.picture(request, paper, "page", home=self._at(paper.version.certificate_id))

    async def share(self, request: Request) -> Response:
        """Make a share link, and show its URL this once: it cannot be read back."""
        opened = await self._open(request)
        if not opened or opened[1].state != "valid":
            return self._views.not_found()
        if not from_this_site(request, self._views.portal_url):
            return self._views.not_from_here()
        token = await self._sharing.begin(*opened, wish_from(await fields_of(request)))
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
        await self._sharing.stop(access, certificate, share_id)
        return self._to_shares(certificate)

    async def ask_for_name(self, request: Request) -> Response:
        """The name is wrong: the school is asked. Of a certificate that does not stand the page itself says so."""
        opened = await self._open(request)
        if not opened:
            return self._views.not_found()
        if not from_this_site(request, self._views.portal_url):
            return self._views.not_from_here()
        certificate = opened[1]
        if certificate.state == "valid":
            typed = await typed_in(request)
            try:
                await self._names.ask(certificate, typed)
            except NotAsked as why:
                return await self._certificate_page(*opened, status=why.status, typed=typed, problems=why.problems)
        return self._to(certificate, "name")

    async def back_to_name(self, request: Request) -> Response:
        """Whoever opens the form's own address."""
        opened = await self._open(request)
        return self._to(opened[1], "name") if opened else self._views.not_found()

    async def _open(self, request: Request) -> tuple[Access, Certificate] | None:
        """The certificate in the path, if it is the family's whose session this is."""
        certificate_id = request.path_params["certificate_id"]
        access = await self._door.family(request)
        if access is None or not re.fullmatch(GIVEN_ID_PATTERN, certificate_id):
            return None
        certificate = await self._store.certificate(access, certificate_id)
        return (access, certificate) if certificate else None

    async def _paper(self, request: Request) -> Paper | Response:
        """The version in the path, as long as it counts; else the page that says why there is nothing."""
        opened = await self._open(request)
        version = opened and opened[1].version(request.path_params["version"])
        if not opened or not version:
            return self._views.not_found()
        certificate = opened[1]
        if not certificate.may_be_read(version):
            return self._views.gone(certificate, home=self._at(certificate.id))
        return whole(version)

    async def _certificate_page(
        self,
        access: Access,
        certificate: Certificate,
        new_link: str | None = None,
        *,
        status: int = 200,
        typed: Typed | None = None,
        problems: Sequence[str] = (),
    ) -> Response:
        """`typed`, `problems`: of the form for another name, where it cannot be taken as it is."""
        asked = await self._names.of(certificate)
        return self._views.page(
            "certificate.html",
            201 if new_link else status,
            home=self._home,
            certificate=certificate,
            shares=await self._sharing.live(access, certificate),
            names=await self._sharing.names(certificate),
            new_link=new_link,
            asked=asked,
            standing=asked.standing(certificate) if asked else None,
            typed=typed,
            problems=problems,
            form_id=new_id(),
        )

    def _to_shares(self, certificate: Certificate) -> Response:
        return self._to(certificate, "share")

    def _to(self, certificate: Certificate, part: str) -> Response:
        return RedirectResponse(f"{self._at(certificate.id)}#{part}", 303)

    def _at(self, certificate_id: str) -> str:
        return f"{self._home}/certificates/{certificate_id}"

    @property
    def _home(self) -> str:
        return f"{self._views.root}/family"
