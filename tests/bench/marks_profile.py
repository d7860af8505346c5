"""How one mark's microseconds are spent: CPU by the part that used it, progression beside the bare loop."""

from __future__ import annotations

import os

from rich.table import Table

from tests.bench.lab import Lab
from tests.bench.marks import Marking, bare_marks, marking
from tests.bench.profile import Clock, Spent, spent_table
from tests.bench.school import SKILL_IDS


async def marks_profile(lab: Lab) -> Table:
    async with marking(lab, lab.sizes.marked) as desk:
        through, together = await _through(desk)
        columns = {"bare loop": await _bare(desk, together), "through progression": through}
    title = f"Where a mark's time goes, {together} students in a transaction"
    return spent_table("µs a mark", columns, title)


async def _through(desk: Marking) -> tuple[Spent, int]:
    """Without the bench itself, which only looks on; and how many students shared a transaction."""
    lots_before = await desk.lots_until_now()
    await desk.hold(desk.student_ids)
    clock = Clock(desk.system.pids)
    await desk.let_go(desk.student_ids)
    spent = clock.spent(_thousands(desk))
    return spent, round(len(desk.student_ids) / (await desk.lots_until_now() - lots_before))


async def _bare(desk: Marking, together: int) -> Spent:
    rows = [row for student_id in desk.student_ids for row in bare_marks(student_id)]
    clock = Clock([os.getpid()])
    await desk.insert(rows, together)
    return clock.spent(_thousands(desk))


def _thousands(desk: Marking) -> float:
    """Of marks: the milliseconds of a thousand are the microseconds of one."""
    return len(desk.student_ids) * len(SKILL_IDS) / 1000
