"""What the walk shows of the school, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from contracts.queries import PendingCertificate, SkillProgress
from deploy.demo.choosing import Learner
from deploy.demo.plan import Plan


def learners(chosen: list[Learner]) -> Table:
    table = _table("Student", "Class", "Still to be mastered")
    for learner in chosen:
        student = learner.student
        table.add_row(student.name, f"{student.class_name}, {student.venue_name}", _some(learner.missing))
    return table


def _some(missing: Sequence[SkillProgress]) -> str:
    named = ", ".join(skill.name for skill in missing[:2])
    return f"{named} and {len(missing) - 2} more" if len(missing) > 2 else named


def pending(plan: Plan) -> Table:
    table = _table("", "Student", "Level", "Layout", "")
    for one in (*plan.selected, *plan.unticked, *plan.blocked):
        layout = one.layout.name if one.layout else "none"
        table.add_row(_tick(one, plan), one.student.name, one.level.name, layout, _remark(one, plan))
    return table


def _tick(one: PendingCertificate, plan: Plan) -> Text:
    if one.blocked:
        return Text("\u26a0", style="red")
    return Text("\u2611", style="bold blue") if one in plan.selected else Text("\u2610")


def _remark(one: PendingCertificate, plan: Plan) -> Text:
    if one.blocked:
        return Text(one.blocked.message, style="red")
    if one in plan.unticked:
        return Text("unticked: not this time", style="yellow")
    return Text(f"note: {plan.note}") if one == plan.noted else Text("")


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
