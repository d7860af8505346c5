"""The PDFs that a pack is made of, asked of rendering a few at a time, in their order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from contracts.catalogue import BARE, CHECKLIST, PRINTS
from contracts.papers import AskBare, AskChecklist, AskPrints, CertificatePrint, ChecklistGroup, ChecklistRow
from contracts.queries import AskPdf, RunCertificate
from contracts.rendering import PaperSize
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.desk import Desk
from services.staff.lists import Group

AT_ONCE = 15
"""So many are printed in one go."""
PAUSES_S = (0.5, 1, 2, 4, 8, 8, 8)
"""Who does not answer, or prints what was lost, is asked again after these."""
PRINTS_AT_ONCE = 100

Found = TypeVar("Found")


class NotInPack(Exception):
    """Something cannot be had, and so there is no pack; the text is for a person."""

    def __init__(self, reason: str, missing: Sequence[str] = ()) -> None:
        """`missing`: the certificates without which there could be one."""
        super().__init__(reason)
        self.missing = tuple(missing)


async def checklist(
    desk: Desk, title: str, subtitle: str, groups: Sequence[Group[RunCertificate]], paper: PaperSize
) -> bytes:
    asked = AskChecklist(
        title=title,
        subtitle=subtitle,
        paper=paper,
        groups=tuple(
            ChecklistGroup(
                heading=group.heading,
                rows=tuple(
                    ChecklistRow(name=row.student.name, certificate=row.title, number=row.number)
                    for row in group.papers
                ),
            )
            for group in groups
        ),
    )
    return await _patiently(partial(desk.ask_bytes, CHECKLIST, asked), "The checklist")


async def lots(
    desk: Desk, certificates: Sequence[RunCertificate], *, background: bool, done: Callable[[], None]
) -> AsyncIterator[list[bytes]]:
    """The PDFs, so many at once; `done` is called for each. NotInPack."""
    prints = {} if background else await _prints(desk, certificates)

    async def one(certificate: RunCertificate) -> bytes:
        what = f"Certificate {certificate.number}"
        if background:
            asked = AskPdf(certificate_id=certificate.certificate_id, version=certificate.version)
            pdf = await _patiently(partial(desk.ask_pdf, asked), what)
        else:
            pdf = await _bare(desk, prints.get(certificate.certificate_id), what)
        done()
        return pdf

    for first in range(0, len(certificates), AT_ONCE):
        lot = certificates[first : first + AT_ONCE]
        found = await asyncio.gather(*(one(certificate) for certificate in lot), return_exceptions=True)
        yield _all_there(lot, found)


def _all_there(lot: Sequence[RunCertificate], found: Sequence[bytes | BaseException]) -> list[bytes]:
    troubles = {one.certificate_id: pdf for one, pdf in zip(lot, found, strict=True) if isinstance(pdf, BaseException)}
    for trouble in troubles.values():
        if not isinstance(trouble, NotInPack):
            raise trouble
    if troubles:
        raise NotInPack(" ".join(str(trouble) for trouble in troubles.values()), tuple(troubles))
    return [pdf for pdf in found if isinstance(pdf, bytes)]


async def _prints(desk: Desk, certificates: Sequence[RunCertificate]) -> dict[str, CertificatePrint]:
    """What stands on them, by certificate."""
    found: dict[str, CertificatePrint] = {}
    for first in range(0, len(certificates), PRINTS_AT_ONCE):
        some = certificates[first : first + PRINTS_AT_ONCE]
        asked = AskPrints(certificate_ids=tuple(one.certificate_id for one in some))
        answer = await _patiently(partial(desk.ask, PRINTS, asked), "The register")
        found |= {each.certificate_id: each for each in answer.prints}
    return found


async def _bare(desk: Desk, found: CertificatePrint | None, what: str) -> bytes:
    if found is None:
        raise NotInPack(f"{what} was withdrawn or corrected just now. Open the pack again.")
    asked = AskBare(layout=found.layout, fields=found.fields)
    return await _patiently(partial(desk.ask_bytes, BARE, asked), what)


async def _patiently(ask: Callable[[], Awaitable[Found]], what: str) -> Found:
    """What is asked for; NotInPack when it is refused, or there is none after all the pauses."""
    for pause in (*PAUSES_S, None):
        try:
            return await ask()
        except QueryRefused as refusal:
            if pause is None or refusal.code != "not_found":
                raise NotInPack(f"{what}: {refusal}") from refusal
        except NobodyAnswered as silence:
            if pause is None:
                raise NotInPack(f"{what} cannot be had just now.") from silence
        await asyncio.sleep(pause or 0)
    raise AssertionError("the last try returns or raises")
