"""What is held about a family, everywhere, in one file to hand to them: the records as JSON, and the papers."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from contracts.catalogue import FAMILY_EXPORT, HELD_BY_NOTIFICATION, HELD_BY_PORTAL, HELD_BY_WEBHOOKS
from contracts.erasure import AskFamilyExport, AskHeld, FamilyExport, HeldTable
from contracts.queries import AskPdf
from services.kit.broker import QueryRefused
from services.staff.visit import Visit

AT_ONCE = 8


async def download(visit: Visit) -> Response:
    """All of it, or (whoever does not answer) none: a family that asks is not given a part for the whole."""
    family_id = visit.id_in_path("family_id")
    records = await visit.desk.ask(FAMILY_EXPORT, AskFamilyExport(family_id=family_id))
    asked = AskHeld(family_id=family_id, guardian_ids=records.guardian_ids, certificate_ids=records.certificate_ids)
    pages, mails, told = await asyncio.gather(
        visit.desk.ask(HELD_BY_PORTAL, asked),
        visit.desk.ask(HELD_BY_NOTIFICATION, asked),
        visit.desk.ask(HELD_BY_WEBHOOKS, asked),
    )
    papers = await _papers(visit, records)
    held = {
        "exported at": datetime.now(UTC).isoformat(timespec="seconds"),
        "exported by": visit.desk.person.called,
        "the school's records": _told(records.tables),
        "the family's web pages": _told(pages.tables),
        "the mails": _told(mails.tables),
        "what was told to other systems": _told(told.tables),
        "papers that are not there just now": [name for name, pdf in papers.items() if pdf is None],
    }
    content = await asyncio.to_thread(_zipped, held, papers)
    name = f'attachment; filename="family-{family_id}.zip"'
    return Response(content, media_type="application/zip", headers={"Content-Disposition": name})


def _told(tables: tuple[HeldTable, ...]) -> dict[str, Any]:
    return {table.title: table.rows for table in tables}


async def _papers(visit: Visit, records: FamilyExport) -> Mapping[str, bytes | None]:
    """By their names in the file; None where rendering has it not."""
    hands = asyncio.Semaphore(AT_ONCE)

    async def paper(asked: AskPdf) -> bytes | None:
        async with hands:
            try:
                return await visit.desk.ask_pdf(asked)
            except QueryRefused:
                return None

    names = [f"certificates/{each.number}-version-{each.version}.pdf" for each in records.papers]
    asked = [AskPdf(certificate_id=each.certificate_id, version=each.version) for each in records.papers]
    return dict(zip(names, await asyncio.gather(*map(paper, asked)), strict=True))


def _zipped(held: Mapping[str, Any], papers: Mapping[str, bytes | None]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("what-is-held.json", json.dumps(held, indent=2, ensure_ascii=False))
        for name, pdf in papers.items():
            if pdf is not None:
                archive.writestr(name, pdf)
    return file.getvalue()
