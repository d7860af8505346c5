"""What waits, as answers: the pending progressions, and one of them as it would be printed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contracts import catalogue
from contracts.certificates import LayoutRef
from contracts.proofs import AskPreview, Preview
from contracts.queries import AskPending, Pending
from contracts.rendering import FieldName
from services.kit.broker import Bus, QueryRefused
from services.kit.postgres import Connection, Database
from services.progression import views
from services.progression.domain import Layout, Print, School, blocked, local_date, objections
from services.progression.store import load_layouts, load_school, load_teacher, sql

PLACEHOLDERS: tuple[FieldName, ...] = ("number", "verify_url")
NUMBER = "0000-000000"
"""As long as a real one, so that it takes as much room."""
NOT_TYPED = {*PLACEHOLDERS, "issued_on"}
"""Nobody can shorten them, and a run does not look at their length either."""
CODE = "preview"
"""No certificate has it: what a phone reads from a preview leads to a page that says so."""


class Waiting:
    """Each method answers one query for one school."""

    def __init__(self, database: Database, portal_url: str) -> None:
        self._database = database
        self._verify_url = f"{portal_url.rstrip('/')}/verify/{CODE}"

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.PENDING, self.pending)
        bus.answer(catalogue.PREVIEW, self.preview)

    async def pending(self, school_id: str, asked: AskPending) -> Pending:
        async with self._database.pool.acquire() as connection:
            return await pending(connection, school_id, asked)

    async def preview(self, school_id: str, asked: AskPreview) -> Preview:
        """QueryRefused where it does not wait, or could not be issued with these wishes."""
        async with self._database.pool.acquire() as connection:
            this = AskPending(progression_ids=(asked.progression_id,))
            school, layouts, rows = await _rows(connection, school_id, this)
            if not rows:
                raise QueryRefused("unknown_progression", "This certificate does not wait any more.")
            [row] = rows
            layout = _issuable(row, layouts)
            teacher_id = asked.teacher_id or row["teacher_id"]
            teacher = await load_teacher(connection, school_id, teacher_id)
        if teacher is None:
            raise QueryRefused("unknown_teacher", f"There is no teacher “{teacher_id}”.")
        paper = Print(
            layout=layout,
            recipient_name=views.student_ref(row).name,
            title=row["level_name"],
            level_name=row["level_name"],
            issued_on=asked.issue_date or local_date(datetime.now(UTC), row["time_zone"] or school.time_zone),
            teacher=teacher,
            notes=asked.notes or None,
            school=school,
            number=NUMBER,
            verify_url=self._verify_url,
        )
        return _as_it_would_be(paper)


def _issuable(row: Mapping[str, Any], layouts: Mapping[str | None, Layout]) -> Layout:
    layout = layouts.get(row["wanted_layout_id"])
    if obstacle := blocked(views.level_of(row), layout):
        raise QueryRefused(obstacle.code, obstacle.message)
    assert layout is not None
    return layout


def _as_it_would_be(paper: Print) -> Preview:
    fields = paper.fields()
    for reason in objections(paper.layout, {name: text for name, text in fields.items() if name not in NOT_TYPED}):
        raise QueryRefused(reason.code, reason.message)
    layout = LayoutRef(layout_id=paper.layout.layout_id, layout_version=paper.layout.layout_version)
    return Preview(layout=layout, fields=fields, placeholders=PLACEHOLDERS)


async def pending(connection: Connection, school_id: str, asked: AskPending) -> Pending:
    """All that waits and is asked for, by level and name."""
    school, layouts, rows = await _rows(connection, school_id, asked)
    changes = sql.pending_level_changes(connection, school_id=school_id, **_wanted(asked))
    shown = views.PendingCertificates(school, layouts)
    return Pending(
        certificates=tuple(map(shown.of, rows)),
        level_changes=tuple([views.pending_level_change(row) async for row in changes]),
    )


async def _rows(
    connection: Connection, school_id: str, asked: AskPending
) -> tuple[School, Mapping[str | None, Layout], list[Any]]:
    """The certificates that wait, with the school and the layouts of their levels."""
    school = await load_school(connection, school_id) or School(school_id, "", "UTC", "en")
    found = sql.pending_certificates(connection, school_id=school_id, **_wanted(asked))
    rows = [row async for row in found]
    return school, await load_layouts(connection, school_id, {row["wanted_layout_id"] for row in rows}), rows


def _wanted(asked: AskPending) -> dict[str, Any]:
    wanted = asked.model_dump()
    ids = wanted["progression_ids"]
    return {**wanted, "progression_ids": None if ids is None else list(ids)}
