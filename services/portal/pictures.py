"""The pictures of certificates, as rendering drew them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from obstore.exceptions import BaseError

from contracts.catalogue import CARD, IMAGE, QueryType
from contracts.pictures import AskImage, Form, picture_key
from services.kit.artefacts import ArtefactMissing, Artefacts
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.telemetry import get_logger
from services.portal.pdfs import PdfUnavailable
from services.portal.sharing import Paper

QUERIES: Mapping[Form, QueryType[AskImage, Any]] = {"page": IMAGE, "card": CARD}


class Pictures:
    def __init__(self, artefacts: Artefacts, bus: Bus) -> None:
        self._artefacts = artefacts
        self._bus = bus

    async def read(self, paper: Paper, form: Form) -> bytes:
        """Its bytes; PdfUnavailable where there are none now. Drawn now, if it was never drawn before."""
        try:
            return await self._artefacts.get(picture_key(paper.pdf.key, paper.pdf.sha256, form))
        except ArtefactMissing:
            return await self._drawn(paper, form)
        except (OSError, BaseError) as error:
            get_logger().error("artefacts_out_of_reach", key=paper.pdf.key, error=type(error).__name__)
            raise PdfUnavailable("the artefact store is out of reach") from error

    async def _drawn(self, paper: Paper, form: Form) -> bytes:
        pdf = paper.pdf
        asked = AskImage(
            certificate_id=pdf.certificate_id, version=pdf.version, sha256=pdf.sha256, of_copy=paper.of_copy
        )
        try:
            return await self._bus.ask_bytes(QUERIES[form], pdf.school_id, asked)
        except (QueryRefused, NobodyAnswered) as error:
            get_logger().warning("picture_unavailable", key=pdf.key, why=type(error).__name__)
            raise PdfUnavailable("the picture is not there") from error
