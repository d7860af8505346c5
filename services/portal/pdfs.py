"""PDFs as they were registered, byte for byte, or not at all."""

from __future__ import annotations

import hashlib
import re

from obstore.exceptions import BaseError

from contracts.queries import AskPdf
from services.kit.artefacts import ArtefactMissing, Artefacts
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.telemetry import get_logger
from services.portal.domain import PageSize, PdfRef

MEDIA_BOX = re.compile(rb"/MediaBox \[0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)\]")


class PdfUnavailable(Exception):
    """The PDF cannot be shown now: the store is out of reach, or it is being printed again."""


class Pdfs:
    def __init__(self, artefacts: Artefacts, bus: Bus) -> None:
        self._artefacts = artefacts
        self._bus = bus

    async def read(self, pdf: PdfRef) -> bytes:
        """Its bytes. PdfUnavailable where they are not to be had; then rendering has been asked for them."""
        try:
            content = await self._artefacts.get(pdf.key)
        except ArtefactMissing:
            return await self._from_rendering(pdf, "missing")
        except (OSError, BaseError) as error:
            get_logger().error("artefacts_out_of_reach", key=pdf.key, error=type(error).__name__)
            raise PdfUnavailable("the artefact store is out of reach") from error
        if hashlib.sha256(content).hexdigest() != pdf.sha256:
            return await self._from_rendering(pdf, "not the one that was registered")
        return content

    async def _from_rendering(self, pdf: PdfRef, why: str) -> bytes:
        """Asking is what has it printed again; it may even be there by now."""
        get_logger().error("pdf_unavailable", key=pdf.key, why=why)
        asked = AskPdf(certificate_id=pdf.certificate_id, version=pdf.version, sha256=pdf.sha256)
        try:
            return await self._bus.ask_pdf(pdf.school_id, asked)
        except (QueryRefused, NobodyAnswered) as error:
            raise PdfUnavailable(f"the PDF is {why}") from error


def page_size_of(pdf: bytes) -> PageSize | None:
    """As rendering writes it."""
    found = MEDIA_BOX.search(pdf)
    return PageSize(float(found[1]), float(found[2])) if found else None
