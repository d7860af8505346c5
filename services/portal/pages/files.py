"""A certificate's files as responses: its PDF and its pictures, to look at or to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from contracts.pictures import Form
from services.portal.copies import Copies
from services.portal.downloads import PdfResponse, not_modified
from services.portal.pages.views import Views
from services.portal.pdfs import PdfUnavailable
from services.portal.pictures import Pictures
from services.portal.sharing import Paper


class Kind(NamedTuple):
    media_type: str
    ending: str


KINDS: Mapping[Form, Kind] = {"page": Kind("image/jpeg", "jpg"), "card": Kind("image/png", "png")}


class Files:
    """Whether the paper may be read is decided before; where a file is not there now, a page says so, at `home`."""

    def __init__(self, copies: Copies, pictures: Pictures, views: Views) -> None:
        self._copies = copies
        self._pictures = pictures
        self._views = views

    async def pdf(self, request: Request, paper: Paper, *, home: str) -> Response:
        if held := not_modified(paper.pdf.sha256, request.headers):
            return held
        try:
            pdf = await self._copies.open(paper)
        except PdfUnavailable:
            return self._views.preparing(home=home)
        return PdfResponse(pdf, _disposition(request, f"{paper.file_name}.pdf"))

    async def picture(self, request: Request, paper: Paper, form: Form, *, home: str) -> Response:
        try:
            content = await self._pictures.read(paper, form)
        except PdfUnavailable:
            return self._views.preparing(home=home)
        kind = KINDS[form]
        headers = {"Content-Disposition": _disposition(request, f"{paper.file_name}.{kind.ending}")}
        return Response(content, media_type=kind.media_type, headers=headers)


def _disposition(request: Request, name: str) -> str:
    kind = "attachment" if "download" in request.query_params else "inline"
    return f'{kind}; filename="{name}"'
