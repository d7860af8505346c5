"""Marks a second from the stream to detection and outbox, beside a bare loop that only inserts the same marks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from contracts.progress import Mark, RecordMarks
from contracts.topology import PROGRESSION_COMMANDS
from tests.bench.awards import SCHOOL_ID
from tests.bench.lab import Figures, Lab
from tests.bench.lots import in_lots
from tests.bench.school import LEVEL_ID, SKILL_IDS, TEACHER_ID, TICKS, enrol, found_school, sql
from tests.bench.system import System, durable_postgres, running_system

TURNS = 2
"""Of each in a round, one after the other."""
WARM_UP = 50
"""Students."""
PUBLISHED_AT_ONCE = 250
LONGEST_HOLD = timedelta(minutes=10)
MARKED_ON = date(2026, 11, 20)

BareMark = tuple[str, str, str, str, int, str, date, datetime]


class NotAllDetected(Exception):
    """The text says what is missing: the measurement counts for nothing."""


class Marking:
    """Marks of whole levels. Each student is marked once, and so completes the level."""

    def __init__(self, system: System, student_ids: Sequence[str]) -> None:
        self.system = system
        self.student_ids = student_ids
        self._jetstream = system.bus.jetstream
        self._marked = 0

    async def hold(self, student_ids: Sequence[str]) -> None:
        """Their marks in the stream, all but the last one's, while the broker hands out none of them.

        NotAllDetected where it did hand out some.
        """
        until = datetime.now(UTC) + LONGEST_HOLD
        await self._jetstream.pause_consumer(PROGRESSION_COMMANDS.stream, PROGRESSION_COMMANDS.name, until.isoformat())
        for lot in in_lots(student_ids[:-1], PUBLISHED_AT_ONCE):
            await self.system.school.send(*((_whole_level(student_id), None) for student_id in lot))
        info = await self._jetstream.consumer_info(PROGRESSION_COMMANDS.stream, PROGRESSION_COMMANDS.name)
        if info.num_pending != len(student_ids) - 1:
            raise NotAllDetected(f"{info.num_pending} of {len(student_ids) - 1} commands were held")

    async def let_go(self, student_ids: Sequence[str]) -> None:
        """What was held and the last one's, until all is decided, and what is to be said of it in the outbox."""
        await self._jetstream.resume_consumer(PROGRESSION_COMMANDS.stream, PROGRESSION_COMMANDS.name)
        # Going on wakes nobody whose request is waiting at the broker; the next message does.
        await self.system.school.send((_whole_level(student_ids[-1]), None))
        await self.system.until_decided()

    async def check(self, student_ids: Sequence[str]) -> None:
        """All is published too, and every one of them has completed the level, and nobody else."""
        await self.system.until_quiet()
        self._marked += len(student_ids)
        found = dict(await sql.detected(self.system.rows))
        if found != {"marks": self._marked * len(SKILL_IDS), "completed": self._marked}:
            raise NotAllDetected(f"{self._marked} students were marked, and found were {found}")

    async def lots_until_now(self) -> int:
        """Transactions in which progression has handled marks."""
        lots: int = await sql.lots_of_marks(self.system.rows)
        return lots

    async def insert(self, marks: Sequence[BareMark], students_together: int) -> None:
        """The bare loop: a transaction and an `executemany` for so many students' marks."""
        for lot in in_lots(marks, students_together * len(SKILL_IDS)):
            async with self.system.rows.transaction():
                await self.system.rows.executemany(sql.insert_bare_mark.sql, lot)


async def marks(lab: Lab) -> Figures:
    """`marks_per_s`, `inserts_per_s`, and `students_in_lot`: how many students' marks shared a transaction in both."""
    async with marking(lab, TURNS * lab.sizes.marked) as desk:
        turns = [await _turn(desk, lot) for lot in in_lots(desk.student_ids, lab.sizes.marked)]
    through, bare, together = zip(*turns, strict=True)
    each = lab.sizes.marked * len(SKILL_IDS)
    return {
        "marks_per_s": each / median(through),
        "inserts_per_s": each / median(bare),
        "students_in_lot": median(together),
    }


@asynccontextmanager
async def marking(lab: Lab, students: int) -> AsyncIterator[Marking]:
    """progression, warm and idle, in a school with so many students who have no marks yet."""
    folder = Path(mkdtemp(dir=lab.folder))
    with durable_postgres(folder / "postgres") as postgres:
        async with running_system(folder, postgres, "marks") as system:
            await found_school(system.school)
            everybody = await enrol(system.rows, SCHOOL_ID, WARM_UP + students)
            await sql.make_bare_marks(system.rows)
            desk = Marking(system, everybody[WARM_UP:])
            await desk.hold(everybody[:WARM_UP])
            await desk.let_go(everybody[:WARM_UP])
            await desk.check(everybody[:WARM_UP])
            yield desk


async def _turn(desk: Marking, student_ids: Sequence[str]) -> tuple[float, float, int]:
    """Seconds through progression, seconds of the bare loop, and students in a lot of both."""
    lots_before = await desk.lots_until_now()
    await desk.hold(student_ids)
    await desk.system.rows.execute("CHECKPOINT")
    started = time.perf_counter()
    await desk.let_go(student_ids)
    through = time.perf_counter() - started
    await desk.check(student_ids)
    together = round(len(student_ids) / (await desk.lots_until_now() - lots_before))
    rows = [row for student_id in student_ids for row in bare_marks(student_id)]
    await desk.system.rows.execute("CHECKPOINT")
    started = time.perf_counter()
    await desk.insert(rows, together)
    return through, time.perf_counter() - started, together


def bare_marks(student_id: str) -> list[BareMark]:
    """The rows of a whole level."""
    now = datetime.now(UTC)
    return [(SCHOOL_ID, student_id, LEVEL_ID, skill_id, 100, TEACHER_ID, MARKED_ON, now) for skill_id in SKILL_IDS]


def _whole_level(student_id: str) -> RecordMarks:
    given = [Mark(skill_id=skill_id, value=True) for skill_id in SKILL_IDS[:TICKS]]
    given += [Mark(skill_id=skill_id, value=100) for skill_id in SKILL_IDS[TICKS:]]
    return RecordMarks(
        student_id=student_id, level_id=LEVEL_ID, teacher_id=TEACHER_ID, marked_on=MARKED_ON, marks=tuple(given)
    )
