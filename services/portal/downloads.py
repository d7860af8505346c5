"""A PDF as a response: in pieces, with an ETag, and from wherever a download broke off."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse

from services.portal.pdfs import PIECE, OpenPdf


def etag_of(sha256: str) -> str:
    """A strong one: equal where, and only where, every byte is."""
    return f'"{sha256}"'


def not_modified(sha256: str, asked: Headers) -> Response | None:
    """The answer to somebody who holds these bytes already."""
    etag = etag_of(sha256)
    held = [tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")]
    return NotModifiedResponse(Headers({"etag": etag})) if etag in held or "*" in held else None


class PdfResponse(FileResponse):
    """What Starlette does for a file, for a PDF in the artefact store: ranges, several of them, If-Range, HEAD."""

    chunk_size = PIECE

    def __init__(self, pdf: OpenPdf, disposition: str) -> None:
        self._pdf = pdf
        # The ETag is ours: of the time there is nothing to say that would be true of an object printed again.
        headers = {"ETag": etag_of(pdf.sha256), "Last-Modified": "", "Content-Disposition": disposition}
        super().__init__("", headers=headers, media_type="application/pdf", stat_result=_as_file(pdf.size))
        del self.headers["last-modified"]

    def _should_use_range(self, http_if_range: str) -> bool:
        return http_if_range == self.headers["etag"]

    @asynccontextmanager
    async def _open_file(self) -> AsyncIterator[Any]:
        yield _Reader(self._pdf)


class _Reader:
    """Reads on from where it is, as a file does."""

    def __init__(self, pdf: OpenPdf) -> None:
        self._pdf = pdf
        self._at = 0

    async def seek(self, start: int) -> None:
        self._at = start

    async def read(self, length: int) -> bytes:
        content = await self._pdf.read(self._at, length)
        self._at += len(content)
        return content


def _as_file(size: int) -> os.stat_result:
    mode, links = 0o100400, 1
    return os.stat_result((mode, 0, 0, links, 0, 0, size, 0, 0, 0))
