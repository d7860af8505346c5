"""PDFs as they were registered, byte for byte, or not at all."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import AsyncIterator

from obstore.exceptions import BaseError

from contracts.queries import AskPdf
from services.kit.artefacts import ArtefactMissing, Artefacts, Mark, Piece
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.telemetry import get_logger
from services.portal.domain import PageSize, PdfRef

MEDIA_BOX = re.compile(rb"/MediaBox \[0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)\]")
LONGEST_BOX = 100
"""Bytes."""

PIECE = 256 * 1024
"""Bytes of a PDF that are held at a time, for each who downloads one. Many certificates are no longer than that."""
REMEMBERED = 10_000
"""Objects of several pieces whose hash was found right: not hashed again as long as nobody writes them."""


class PdfUnavailable(Exception):
    """The PDF cannot be shown now: the store is out of reach, or it is being printed again."""


class NotStored(PdfUnavailable):
    """What lies in the store is not the PDF: the text says why."""


class PdfChanged(NotStored):
    """Somebody wrote the object while it was being read."""

    def __init__(self) -> None:
        super().__init__("being written")


class OpenPdf:
    """A PDF whose bytes are those that were registered, read in pieces.

    PdfChanged, and none of the new bytes, where the object is written anew meanwhile.
    """

    def __init__(self, pdf: PdfRef, first: Piece, artefacts: Artefacts) -> None:
        self.sha256 = pdf.sha256
        self.size = first.size
        self._key = pdf.key
        self._first = first
        self._artefacts = artefacts

    async def read(self, start: int, length: int) -> bytes:
        """At most PIECE bytes; fewer than asked for at the end only."""
        end = min(start + min(length, PIECE), self.size)
        if end <= len(self._first.content):
            return self._first.content[start:end]
        piece = await self._artefacts.piece(self._key, start, end - start)
        if piece.mark != self._first.mark:
            raise PdfChanged
        return piece.content

    async def pieces(self) -> AsyncIterator[bytes]:
        start = 0
        while piece := await self.read(start, PIECE):
            yield piece
            start += len(piece)

    async def digest(self) -> str:
        """The SHA-256 of all its bytes, as hexadecimal digits."""
        digest = hashlib.sha256()
        async for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()


class Pdfs:
    def __init__(self, artefacts: Artefacts, bus: Bus) -> None:
        self._artefacts = artefacts
        self._bus = bus
        self._found_right: OrderedDict[tuple[PdfRef, Mark], None] = OrderedDict()

    async def open(self, pdf: PdfRef) -> OpenPdf:
        """The registered one. PdfUnavailable where it is not to be had; then rendering has been asked for it."""
        try:
            return await self.stored(pdf)
        except NotStored as why:
            return await self._from_rendering(pdf, str(why))

    async def stored(self, pdf: PdfRef) -> OpenPdf:
        """As it lies in the store. NotStored; PdfUnavailable where the store is out of reach."""
        try:
            first = await self._artefacts.piece(pdf.key, 0, PIECE)
            opened = OpenPdf(pdf, first, self._artefacts)
            is_registered = await self._is_registered(pdf, opened, first.mark)
        except ArtefactMissing as error:
            raise NotStored("missing") from error
        except (OSError, BaseError) as error:
            get_logger().error("artefacts_out_of_reach", key=pdf.key, error=type(error).__name__)
            raise PdfUnavailable("the artefact store is out of reach") from error
        if not is_registered:
            raise NotStored("not the one that was registered")
        return opened

    async def _is_registered(self, pdf: PdfRef, opened: OpenPdf, mark: Mark) -> bool:
        """One of a single piece is hashed each time, which costs less than looking it up elsewhere would."""
        if opened.size <= PIECE:
            return await opened.digest() == pdf.sha256
        if (pdf, mark) in self._found_right:
            self._found_right.move_to_end((pdf, mark))
            return True
        if await opened.digest() != pdf.sha256:
            return False
        self._found_right[pdf, mark] = None
        if len(self._found_right) > REMEMBERED:
            self._found_right.popitem(last=False)
        return True

    async def _from_rendering(self, pdf: PdfRef, why: str) -> OpenPdf:
        """Asking is what has it printed again; it may even be there by now."""
        get_logger().error("pdf_unavailable", key=pdf.key, why=why)
        asked = AskPdf(certificate_id=pdf.certificate_id, version=pdf.version, sha256=pdf.sha256)
        try:
            content = await self._bus.ask_pdf(pdf.school_id, asked)
        except (QueryRefused, NobodyAnswered) as error:
            raise PdfUnavailable(f"the PDF is {why}") from error
        if hashlib.sha256(content).hexdigest() != pdf.sha256:
            raise PdfUnavailable("rendering has another PDF")
        return OpenPdf(pdf, Piece(content, len(content), ()), self._artefacts)


async def page_size_of(pdf: OpenPdf) -> PageSize | None:
    """As rendering writes it."""
    before = b""
    async for piece in pdf.pieces():
        if found := MEDIA_BOX.search(before + piece):
            return PageSize(float(found[1]), float(found[2]))
        before = piece[-LONGEST_BOX:]
    return None
