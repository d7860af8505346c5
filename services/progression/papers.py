"""What is asked about the papers: which have not been handed out, and what stands on them."""

from __future__ import annotations

from contracts import catalogue
from contracts.certificates import LayoutRef
from contracts.papers import (
    AskNotPresented,
    AskPrints,
    CertificatePrint,
    NotPresented,
    NotPresentedCertificate,
    Prints,
)
from services.kit.broker import Bus
from services.kit.postgres import Database
from services.progression import views
from services.progression.domain import DEFAULT_PUPIL, first_name
from services.progression.store import sql
from services.progression.views import Row

MOST = 1000
"""A school that hands out more than these at a time is told that there are more."""


class Papers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.NOT_PRESENTED, self.not_presented)
        bus.answer(catalogue.PRINTS, self.prints)

    async def not_presented(self, school_id: str, asked: AskNotPresented) -> NotPresented:
        wanted = {"school_id": school_id, **asked.model_dump(), "most": MOST + 1}
        rows = [row async for row in sql.not_presented(self._database.pool, **wanted)]
        certificates = tuple(
            NotPresentedCertificate(student=views.student_ref(row), teacher=views.teacher_ref(row), **row)
            for row in rows[:MOST]
        )
        return NotPresented(certificates=certificates, more=len(rows) > MOST)

    async def prints(self, school_id: str, asked: AskPrints) -> Prints:
        wanted = {"school_id": school_id, "certificate_ids": list(asked.certificate_ids)}
        rows = [row async for row in sql.prints(self._database.pool, **wanted)]
        return Prints(
            prints=tuple(_print(row) for row in rows),
            pupil=await sql.pupil(self._database.pool, school_id=school_id) or DEFAULT_PUPIL,
        )


def _print(row: Row) -> CertificatePrint:
    called = first_name(row["recipient_name"], row["given_name"], row["family_name"], row["preferred_name"])
    layout = LayoutRef(layout_id=row["layout_id"], layout_version=row["layout_version"])
    return CertificatePrint(layout=layout, first_name=called, **row)
