"""Copies that show less of a child's name: made when one is wanted first, and kept."""

from __future__ import annotations

import asyncio

from contracts.catalogue import COPY
from contracts.pictures import AskCopy, LessOfAName
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.telemetry import get_logger
from services.portal.domain import PdfRef, Version
from services.portal.pdfs import NotStored, OpenPdf, Pdfs, PdfUnavailable
from services.portal.pictures import Pictures
from services.portal.prints import Prints
from services.portal.shares import Shares
from services.portal.sharing import Paper, Shared, Showing, whole

WAIT_S = 4.0
"""So long a page waits for a copy; then it says so, and looks again."""
AT_ONCE = 4
"""Copies that are made at the same time. The others wait: who prints has certificates to print."""


class Copies:
    def __init__(self, shares: Shares, prints: Prints, pdfs: Pdfs, pictures: Pictures, bus: Bus) -> None:
        self._shares = shares
        self._prints = prints
        self._pdfs = pdfs
        self._pictures = pictures
        self._bus = bus
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._making: dict[tuple[str, str, int, Showing], asyncio.Task[Paper | None]] = {}

    async def paper(self, shared: Shared) -> Paper | None:
        """What the link shows; None where its copy is not there yet."""
        if shared.showing == "full":
            return whole(shared.certificate.newest)
        if shared.copy is not None:
            return shared.copy
        making = self.begin(shared.certificate.newest, shared.showing)
        done, _ = await asyncio.wait([making], timeout=WAIT_S)
        return making.result() if done else None

    async def open(self, paper: Paper) -> OpenPdf:
        """Its PDF. PdfUnavailable where it is not to be had; then it is made again, a copy for the next who asks."""
        if not paper.of_copy:
            return await self._pdfs.open(paper.pdf)
        try:
            return await self._pdfs.stored(paper.pdf)
        except NotStored:
            await self._shares.forget_copy(paper)
            raise

    def begin(self, version: Version, showing: Showing) -> asyncio.Task[Paper | None]:
        """Make it, unless that is being done already. Nobody need wait for it."""
        key = (version.school_id, version.certificate_id, version.version, showing)
        if key not in self._making:
            self._making[key] = asyncio.create_task(self._ready(version, showing), name="copy")
            self._making[key].add_done_callback(lambda _: self._making.pop(key))
        return self._making[key]

    async def _ready(self, version: Version, showing: Showing) -> Paper | None:
        """The copy, with the pictures that are looked at first."""
        try:
            async with self._turn:
                paper = whole(version) if showing == "full" else await self._made(version, showing)
                await asyncio.gather(self._pictures.read(paper, "page"), self._pictures.read(paper, "card"))
        except (QueryRefused, NobodyAnswered, PdfUnavailable) as error:
            why = error.code if isinstance(error, QueryRefused) else type(error).__name__
            get_logger().warning("copy_unavailable", certificate_id=version.certificate_id, why=why)
            return None
        return paper

    async def _made(self, version: Version, showing: LessOfAName) -> Paper:
        printed, names = await self._prints.of(version)
        asked = AskCopy(
            certificate_id=version.certificate_id,
            version=version.version,
            layout=printed.layout,
            fields=printed.fields,
            showing=showing,
            first_name=names.first_name,
            pupil=names.pupil,
        )
        made = await self._bus.ask(COPY, version.school_id, asked)
        pdf = PdfRef(version.school_id, version.certificate_id, version.version, made.pdf.key, made.pdf.sha256)
        copy = Paper(version, showing, made.name, made.title, pdf, made.of_copy)
        await self._shares.put_copy(copy)
        return copy
