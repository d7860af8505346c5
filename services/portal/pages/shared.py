"""What a share link opens: one certificate, with as much of the name as was chosen, and no way to anything else."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.pictures import CARD_PX, Form
from services.portal.copies import Copies
from services.portal.pages.files import Files
from services.portal.pages.views import Views
from services.portal.shares import Shares
from services.portal.sharing import Paper, Shared
from services.portal.view_counts import ViewCounts


class SharedPages:
    """A share link follows its certificate: after a correction it shows the corrected version."""

    def __init__(self, shares: Shares, copies: Copies, files: Files, counts: ViewCounts, views: Views) -> None:
        self._shares = shares
        self._copies = copies
        self._files = files
        self._counts = counts
        self._views = views
        # A crowd that opens a link in the same moment gets one page, written once; it goes with the last of them.
        self._written: WeakKeyDictionary[Shared, Response] = WeakKeyDictionary()

    def routes(self) -> list[Route]:
        # Tokens have no dot, so these paths cannot be taken for a token.
        return [
            Route("/share/{token}.pdf", self.pdf),
            Route("/share/{token}.jpg", self.image),
            Route("/share/{token}.png", self.card),
            Route("/share/{token}", self.show),
        ]

    async def show(self, request: Request) -> Response:
        """A page that was shown is a view, whoever asked for it; the question whether it is there is none."""
        shared = await self._shares.open(request.path_params["token"])
        if shared is None:
            return self._views.not_found()
        if shared.certificate.state != "valid":
            return self._views.page("shared_gone.html", certificate=shared.certificate)
        paper = await self._copies.paper(shared)
        if paper is None:
            return self._views.preparing(home=None)
        if request.method == "GET":
            self._counts.count(shared.token_sha256)
        return self._written.get(shared) or self._write(request, shared, paper)

    def _write(self, request: Request, shared: Shared, paper: Paper) -> Response:
        page = self._written[shared] = self._views.page(
            "shared.html",
            here=self._here(request),
            address=f"{self._views.portal_url}/share/{request.path_params['token']}",
            certificate=shared.certificate,
            paper=paper,
            card_px=CARD_PX,
        )
        return page

    async def pdf(self, request: Request) -> Response:
        paper = await self._paper(request)
        if isinstance(paper, Response):
            return paper
        return await self._files.pdf(request, paper, home=self._here(request))

    async def image(self, request: Request) -> Response:
        return await self._picture(request, "page")

    async def card(self, request: Request) -> Response:
        return await self._picture(request, "card")

    async def _picture(self, request: Request, form: Form) -> Response:
        paper = await self._paper(request)
        if isinstance(paper, Response):
            return paper
        return await self._files.picture(request, paper, form, home=self._here(request))

    async def _paper(self, request: Request) -> Paper | Response:
        """What the link shows, or the page that says why there is nothing."""
        shared = await self._shares.open(request.path_params["token"])
        if shared is None:
            return self._views.not_found()
        if shared.certificate.state != "valid":
            return self._views.gone(shared.certificate, home=self._here(request))
        return await self._copies.paper(shared) or self._views.preparing(home=self._here(request))

    def _here(self, request: Request) -> str:
        return f"{self._views.root}/share/{request.path_params['token']}"
