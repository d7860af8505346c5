"""The main job on the demo school, step by step, through the faces that any other system could use."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from contracts.catalogue import PENDING
from contracts.certificates import Issued
from contracts.progress import LevelCompleted
from contracts.queries import AskPending, Pending
from deploy.demo import tables
from deploy.demo.checking import ADDRESSES, DoesNotHold, Expected, FamilyMail, one_mail_each, open_family_page, save_pdf
from deploy.demo.choosing import Learner, choose
from deploy.demo.plan import Plan, decide
from deploy.demo.school import LEVELS
from deploy.demo.steps import Steps
from deploy.endpoints import Endpoints
from deploy.home import Home
from deploy.school_system import SchoolSystem, until


@dataclass
class Outcome:
    issued: list[Issued] = field(default_factory=list)
    pdfs: dict[str, Path] = field(default_factory=dict)
    """By certificate_id."""
    mails: dict[str, FamilyMail] = field(default_factory=dict)
    """By address."""


async def walk(home: Home, endpoints: Endpoints, steps: Steps) -> Outcome:
    """What came of it, checked. StepFailed names the step that did not happen."""
    async with SchoolSystem.connected(endpoints.nats, endpoints.school) as system:
        learners = await steps.take("choose students who are nearly there", choose(system))
        steps.show(tables.learners(learners))
        await steps.take("mark their last skills", _mark(system, learners))
        pending = await steps.take("they appear as pending progressions", _pending(system, learners))
        plan = decide(pending)
        steps.show(tables.pending(plan))

        before = set(home.mail.glob("*.eml"))
        run_id = await steps.take("press Start Certificate Generation", _start(system, plan))
        outcome = Outcome()
        outcome.issued = await steps.take(
            f"{len(plan.selected)} certificates are issued, once each", _issued(system, run_id, plan)
        )
        outcome.pdfs = await steps.take(
            "every PDF shows its student's name and number", _save_pdfs(system, outcome, home)
        )
        outcome.mails = await steps.take(
            "every guardian has one mail, and only they", one_mail_each(home, _mailed(plan), before, endpoints.portal)
        )
        await steps.take("the links in the mails open the families' pages", _open_pages(outcome))
        await steps.take("who was unticked or blocked is still waiting", _still_waiting(system, plan))
    return outcome


async def _mark(system: SchoolSystem, learners: list[Learner]) -> None:
    await system.send(*((learner.last_marks(), None) for learner in learners))
    marked = {learner.student.student_id for learner in learners}

    async def look() -> bool:
        return marked <= {event.student_id for event in system.events(LevelCompleted)}

    await until(look, 30, "each completes the level")


async def _pending(system: SchoolSystem, learners: list[Learner]) -> Pending:
    """Of these students, in this order."""
    everything = await system.ask(PENDING, AskPending())
    chosen = [learner.student.student_id for learner in learners]
    certificates = {one.student.student_id: one for one in everything.certificates}
    if absent := set(chosen) - set(certificates):
        raise DoesNotHold(f"{len(absent)} of {len(chosen)} are not pending")
    pending = Pending(
        certificates=tuple(certificates[student_id] for student_id in chosen),
        level_changes=tuple(one for one in everything.level_changes if one.student.student_id in chosen),
    )
    _are_as_expected(pending)
    return pending


def _are_as_expected(pending: Pending) -> None:
    """Blocked, with a reason, are those whose level has no layout, and only those."""
    for one in pending.certificates:
        if (LEVELS[one.level.level_id].layout_id is None) != bool(one.blocked):
            raise DoesNotHold(
                f"{one.level.name}: {one.blocked.message if one.blocked else 'no layout, and not blocked'}"
            )


async def _start(system: SchoolSystem, plan: Plan) -> str:
    run = plan.command()
    [command_id] = await system.send((run, None))
    await system.until_accepted(command_id)
    return run.run_id


async def _issued(system: SchoolSystem, run_id: str, plan: Plan) -> list[Issued]:
    wanted = {one.progression_id for one in plan.selected}

    async def look() -> list[Issued] | None:
        heard = [event for event in system.events(Issued) if event.run_id == run_id]
        return heard if {event.progression_id for event in heard} >= wanted else None

    heard = await until(look, 90, f"{len(wanted)} certificates issued")
    if len(heard) != len(wanted):
        raise DoesNotHold(f"{len(heard)} events for {len(wanted)} certificates")
    return sorted(heard, key=lambda event: event.number)


async def _save_pdfs(system: SchoolSystem, outcome: Outcome, home: Home) -> dict[str, Path]:
    paths = await asyncio.gather(*(save_pdf(system, issued, home.demo) for issued in outcome.issued))
    return {issued.certificate_id: path for issued, path in zip(outcome.issued, paths, strict=True)}


def _mailed(plan: Plan) -> Expected:
    mailed = frozenset(one.student.family_id for one in plan.selected)
    waiting = frozenset(one.student.family_id for one in (*plan.unticked, *plan.blocked))
    return Expected(mailed=mailed, silent=waiting - mailed)


async def _open_pages(outcome: Outcome) -> None:
    for mail in outcome.mails.values():
        names = {issued.recipient_name for issued in outcome.issued if mail.address in ADDRESSES[issued.family_id]}
        await open_family_page(mail, names)


async def _still_waiting(system: SchoolSystem, plan: Plan) -> None:
    waiting = {one.progression_id for one in (await system.ask(PENDING, AskPending())).certificates}
    for one in (*plan.unticked, *plan.blocked):
        if one.progression_id not in waiting:
            raise DoesNotHold(f"the progression {one.progression_id} does not wait any more")
    for one in plan.selected:
        if one.progression_id in waiting:
            raise DoesNotHold(f"the progression {one.progression_id} was issued and still waits")
