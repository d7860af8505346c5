"""What rendering answers when it is asked."""

from __future__ import annotations

from contracts.queries import AskPdf, Everything, Layouts
from services.kit.artefacts import ArtefactMissing, Artefacts
from services.kit.broker import QueryRefused
from services.rendering.library import Library


def pdf_key(school_id: str, certificate_id: str, version: int) -> str:
    """Where the PDF of a certificate version lies in the artefact store."""
    return f"certificates/{school_id}/{certificate_id}/{version}.pdf"


class Answers:
    def __init__(self, library: Library, artefacts: Artefacts) -> None:
        self._library = library
        self._artefacts = artefacts

    async def layouts(self, school_id: str, _: Everything) -> Layouts:
        newest = await self._library.newest(school_id)
        return Layouts(layouts=tuple(frozen.layout for frozen in newest))

    async def pdf(self, school_id: str, question: AskPdf) -> bytes:
        try:
            return await self._artefacts.get(pdf_key(school_id, question.certificate_id, question.version))
        except ArtefactMissing as error:
            raise QueryRefused("not_found", "There is no PDF of this certificate version (yet).") from error
