"""The picture of a certificate, out of its PDF: drawn once, and kept beside it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping

from contracts.catalogue import CARD, IMAGE
from contracts.pictures import AskImage, Form, picture_key
from contracts.queries import AskPdf
from services.kit.artefacts import ArtefactMissing, Artefacts
from services.kit.broker import Bus, QueryRefused
from services.rendering.answers import Answers, pdf_key
from services.rendering.layouts.pictures import card_of, page_of

DRAWN: Mapping[Form, Callable[[bytes], bytes]] = {"page": page_of, "card": card_of}


class Images:
    """What is drawn depends on the PDF's bytes alone."""

    def __init__(self, answers: Answers, artefacts: Artefacts) -> None:
        self._answers = answers
        self._artefacts = artefacts

    def answer_on(self, bus: Bus) -> None:
        bus.answer(IMAGE, self.image)
        bus.answer(CARD, self.card)

    async def image(self, school_id: str, asked: AskImage) -> bytes:
        return await self._picture(school_id, asked, "page")

    async def card(self, school_id: str, asked: AskImage) -> bytes:
        return await self._picture(school_id, asked, "card")

    async def _picture(self, school_id: str, asked: AskImage, form: Form) -> bytes:
        """QueryRefused (`not_found`) where there is no such PDF, which is told as when the PDF itself is asked for."""
        key = pdf_key(school_id, asked.certificate_id, asked.version, asked.of_copy)
        if asked.sha256 and (kept := await self._kept(picture_key(key, asked.sha256, form))):
            return kept
        pdf = await self._pdf(school_id, key, asked)
        picture = await asyncio.to_thread(DRAWN[form], pdf)
        await self._artefacts.put(picture_key(key, hashlib.sha256(pdf).hexdigest(), form), picture)
        return picture

    async def _kept(self, key: str) -> bytes | None:
        try:
            return await self._artefacts.get(key)
        except ArtefactMissing:
            return None

    async def _pdf(self, school_id: str, key: str, asked: AskImage) -> bytes:
        if asked.of_copy is None:
            registered = AskPdf(certificate_id=asked.certificate_id, version=asked.version, sha256=asked.sha256)
            return await self._answers.pdf(school_id, registered)
        copy = await self._kept(key)
        if copy is None or asked.sha256 not in (None, hashlib.sha256(copy).hexdigest()):
            raise QueryRefused("not_found", "There is no such copy of this certificate version now: ask for it again.")
        return copy
