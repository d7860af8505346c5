"""What rendering answers when it is asked."""

from __future__ import annotations

import hashlib
import time

from contracts.envelope import id_from, wrap
from contracts.queries import AskPdf, Everything, Layouts
from contracts.rendering import ArtefactMissing as ArtefactMissingEvent
from services.kit.artefacts import ArtefactMissing, Artefacts
from services.kit.broker import Bus, QueryRefused
from services.kit.telemetry import get_logger
from services.rendering.announcer import SOURCE
from services.rendering.library import Library


def place_of(school_id: str, certificate_id: str) -> str:
    """Below it lies all that is stored for a certificate, whoever stored it."""
    return f"certificates/{school_id}/{certificate_id}"


def pdf_key(school_id: str, certificate_id: str, version: int, of_copy: str | None = None) -> str:
    """Where the PDF of a certificate version lies in the artefact store, or a copy of it."""
    name = f"{version}.{of_copy}" if of_copy else str(version)
    return f"{place_of(school_id, certificate_id)}/{name}.pdf"


SAID_AGAIN_AFTER_S = 10
"""However many ask for a PDF that is gone, it is printed once in this time."""


class Answers:
    def __init__(self, library: Library, artefacts: Artefacts, bus: Bus) -> None:
        self._library = library
        self._artefacts = artefacts
        self._bus = bus

    async def layouts(self, school_id: str, _: Everything) -> Layouts:
        newest = await self._library.newest(school_id)
        return Layouts(layouts=tuple(frozen.layout for frozen in newest))

    async def pdf(self, school_id: str, question: AskPdf) -> bytes:
        """The PDF as it is in the store. Where it is not, or not any more, progression is told: it knows better."""
        try:
            content = await self._artefacts.get(pdf_key(school_id, question.certificate_id, question.version))
        except ArtefactMissing as error:
            await self._say_missing(school_id, question)
            raise not_there_now() from error
        if question.sha256 not in (None, hashlib.sha256(content).hexdigest()):
            await self._say_missing(school_id, question)
            raise not_there_now()
        return content

    async def _say_missing(self, school_id: str, question: AskPdf) -> None:
        """If it was ever issued, it is printed again: the same bytes."""
        get_logger().warning("pdf_missing", certificate_id=question.certificate_id, version=question.version)
        missing = ArtefactMissingEvent(certificate_id=question.certificate_id, version=question.version)
        moment = int(time.time()) // SAID_AGAIN_AFTER_S
        identity = id_from("missing", school_id, question.certificate_id, question.version, moment)
        await self._bus.publish(wrap(missing, school_id, source=SOURCE, message_id=identity))


def not_there_now() -> QueryRefused:
    return QueryRefused(
        "not_found", "There is no PDF of this certificate version now. If it was issued, it is being printed again."
    )
