"""What progression tells of erasures, and of all that it holds about a family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts import catalogue
from contracts.erasure import (
    CONFIRMS,
    AskErasures,
    AskFamilyExport,
    Confirmation,
    Erasure,
    Erasures,
    FamilyExport,
    PaperRef,
)
from services.kit.broker import Bus, QueryRefused
from services.kit.holdings import held
from services.kit.postgres import Database
from services.progression.erasing import LAST_ROUND
from services.progression.holdings import HOLDINGS
from services.progression.store import sql


class ErasureAnswers:
    """Each method answers one query for one school."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.ERASURES, self.erasures)
        bus.answer(catalogue.FAMILY_EXPORT, self.family_export)

    async def erasures(self, school_id: str, asked: AskErasures) -> Erasures:
        rows = sql.erasures(self._database.pool, school_id=school_id, erasure_id=asked.erasure_id)
        return Erasures(erasures=tuple([_receipt(row) async for row in rows]))

    async def family_export(self, school_id: str, asked: AskFamilyExport) -> FamilyExport:
        family = {"school_id": school_id, "family_id": asked.family_id}
        async with self._database.transaction() as connection:
            if await sql.family(connection, **family) is None:
                raise QueryRefused("unknown_family", f"There is no family “{asked.family_id}”.")
            guardian_ids = [row["guardian_id"] async for row in sql.guardians(connection, **family)]
            student_ids = [row["student_id"] async for row in sql.students_of_family(connection, **family)]
            found = sql.papers_of_students(connection, school_id=school_id, student_ids=student_ids)
            papers = [row async for row in found]
            certificate_ids = list(dict.fromkeys(row["certificate_id"] for row in papers))
            tables = await held(
                connection,
                school_id,
                HOLDINGS,
                {"family_id": [asked.family_id], "student_id": student_ids, "certificate_id": certificate_ids},
            )
        return FamilyExport(
            family_id=asked.family_id,
            guardian_ids=tuple(guardian_ids),
            certificate_ids=tuple(certificate_ids),
            papers=tuple(_paper(row) for row in papers if row["printed"]),
            tables=tables,
        )


def _paper(row: Mapping[str, Any]) -> PaperRef:
    return PaperRef(certificate_id=row["certificate_id"], version=row["version"], number=row["number"])


def _receipt(row: Mapping[str, Any]) -> Erasure:
    return Erasure(
        **{field: row[field] for field in dict(row) if field != "said"},
        confirmations=tuple(_confirmation(service, row["said"]) for service in CONFIRMS),
    )


def _confirmation(service: str, said: Sequence[Mapping[str, Any]]) -> Confirmation:
    """Confirmed is what was confirmed in the last round; removed, what was in any."""
    theirs = [each for each in said if each["service"] == service]
    removed: dict[str, int] = {}
    for each in theirs:
        for what, count in each["removed"].items():
            removed[what] = removed.get(what, 0) + count
    last = next((each for each in theirs if each["round"] == LAST_ROUND), None)
    confirmation = {"service": service, "at": last and last["at"], "removed": removed}
    return Confirmation.model_validate(confirmation, strict=False)
