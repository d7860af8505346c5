"""PDFs as they were registered, byte for byte, or not at all."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from obstore.exceptions import BaseError

from contracts.queries import AskPdf
from services.kit.artefacts import ArtefactMissing, Artefacts, Mark, Piece
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.telemetry import get_logger
from services.portal.domain import PdfRef

PIECE = 256 * 1024
"""Bytes of a PDF that are held at a time, for each who downloads one. Many certificates are no longer than that."""
REMEMBERED = 10_000
"""Objects of several pieces whose hash was found right: not hashed again as long as nobody writes them."""


class PdfUnavailable(Exception):
    """The PDF cannot be shown now: the store is out of reach, or it is being printed again."""


class PdfChanged(Exception):
    """Somebody wrote the object while it was being read."""


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
            raise PdfChanged(self._key)
        return piece.content

    async def digest(self) -> str:
        """The SHA-256 of all its bytes, as hexadecimal digits."""
        digest, start = hashlib.sha256(), 0
        while piece := await self.read(start, PIECE):
            digest.update(piece)
            start += len(piece)
        return digest.hexdigest()


class Pdfs:
    def __init__(self, artefacts: Artefacts, bus: Bus) -> None:
        self._artefacts = artefacts
        self._bus = bus
        self._found_right: OrderedDict[tuple[PdfRef, Mark], None] = OrderedDict()

    async def open(self, pdf: PdfRef) -> OpenPdf:
        """The registered one. PdfUnavailable where it is not to be had; then rendering has been asked for it."""
        try:
            first = await self._artefacts.piece(pdf.key, 0, PIECE)
            opened = OpenPdf(pdf, first, self._artefacts)
            if await self._is_registered(pdf, opened, first.mark):
                return opened
        except ArtefactMissing:
            return await self._from_rendering(pdf, "missing")
        except PdfChanged:
            return await self._from_rendering(pdf, "being written")
        except (OSError, BaseError) as error:
            get_logger().error("artefacts_out_of_reach", key=pdf.key, error=type(error).__name__)
            raise PdfUnavailable("the artefact store is out of reach") from error
        return await self._from_rendering(pdf, "not the one that was registered")

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
