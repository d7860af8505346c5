"""What progression answers about runs: what one would do, how far it is, the last of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contracts import catalogue
from contracts.certificates import StartGeneration
from contracts.queries import AskRun, Everything, LevelRef, Run, RunCertificate, RunLevelChange, Runs, RunSummary
from contracts.run_queries import RunPreview, RunRow, RunStates
from services.kit.broker import Bus, QueryRefused
from services.kit.dead_letters import DeadLetters
from services.kit.postgres import Connection, Database
from services.progression import views
from services.progression.preview import preview
from services.progression.store import load_school, sql
from services.progression.taking_back import StartedRun, mails, undo_until
from services.progression.work import Work

Row = Mapping[str, Any]


class RunAnswers:
    """QueryRefused where there is no such run, or school."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.RUN, self.run)
        bus.answer(catalogue.RUNS, self.runs)
        bus.answer(catalogue.RUN_STATES, self.states)
        bus.answer(catalogue.RUN_PREVIEW, self.preview)

    async def run(self, school_id: str, asked: AskRun) -> Run:
        key = {"school_id": school_id, "run_id": asked.run_id}
        async with self._database.pool.acquire() as connection:
            row = await _known(connection, school_id, asked)
            certificates = [row async for row in sql.certificates_of_run(connection, **key)]
            changes = [row async for row in sql.level_changes_of_run(connection, **key)]
        return Run(
            **row,
            undo_until=_undo_until(row, bool(certificates)),
            certificates=tuple(
                RunCertificate(student=views.student_ref(row), teacher=views.teacher_ref(row), **views.with_reason(row))
                for row in certificates
            ),
            level_changes=tuple(_level_change(row) for row in changes),
        )

    async def states(self, school_id: str, asked: AskRun) -> RunStates:
        async with self._database.pool.acquire() as connection:
            run = await _known(connection, school_id, asked)
            rows = [row async for row in sql.run_states(connection, school_id=school_id, run_id=asked.run_id)]
        return RunStates(
            requested_at=run["requested_at"],
            email=run["email"],
            send_after=run["send_after"],
            rows=tuple(RunRow(**views.with_reason(row)) for row in rows),
            cancelled=run["cancelled_at"] is not None,
            undone=run["undone_at"] is not None,
        )

    async def runs(self, school_id: str, _: Everything) -> Runs:
        async with self._database.pool.acquire() as connection:
            rows = [row async for row in sql.runs(connection, school_id=school_id)]
        return Runs(runs=tuple(RunSummary(**row) for row in rows))

    async def preview(self, school_id: str, command: StartGeneration) -> RunPreview:
        """Asked of the code that would do it, in a transaction that changes nothing."""
        async with self._database.transaction() as connection:
            school = await load_school(connection, school_id)
            if school is None:
                raise QueryRefused("unknown_school", f"The school “{school_id}” is not known.")
            return await preview(
                Work(connection, school, datetime.now(UTC), "", DeadLetters(self._bus.jetstream)), command
            )


async def _known(connection: Connection, school_id: str, asked: AskRun) -> Row:
    row: Row | None = await sql.run(connection, school_id=school_id, run_id=asked.run_id)
    if row is None:
        raise QueryRefused("unknown_run", f"There is no run “{asked.run_id}”.")
    return row


def _undo_until(row: Row, has_certificates: bool) -> datetime | None:
    started = StartedRun(
        requested_at=row["requested_at"],
        mails=mails(row["email"], has_certificates),
        send_after=row["send_after"],
        undone=row["undone_at"] is not None,
    )
    until = undo_until(started)
    return until if until and not started.undone and datetime.now(UTC) < until else None


def _level_change(row: Row) -> RunLevelChange:
    return RunLevelChange(
        progression_id=row["progression_id"],
        student=views.student_ref(row),
        level=LevelRef(level_id=row["level_id"], name=row["level_name"]),
        to_level=LevelRef(level_id=row["to_level_id"], name=row["to_level_name"]),
    )
