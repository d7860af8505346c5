"""One drill: a school, its office at work, a fault meanwhile, and a count when all is quiet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from deploy.home import Home
from deploy.stack import Told, nothing_else
from tests.drills.counting import Count, Expected, count
from tests.drills.office import Office, office
from tests.drills.quiet import NotQuiet, until_quiet
from tests.drills.school import DrillSchool
from tests.drills.stand import Stand, running_stand

RUN_OF = 50
PRESSING_S = 6.0
"""The runs are pressed within this time; the fault happens in it."""
QUIET_WITHIN_S = 240.0


@dataclass
class Scene:
    """What a fault works on."""

    stand: Stand
    office: Office
    school: DrillSchool
    chance: Random
    pressed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when every run was accepted."""


Fault = Callable[[Scene], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a drill takes place, if not on an ordinary stack."""

    told: Told = nothing_else
    nats_url: str | None = None
    mails: Path | None = None
    """Where the mails are, if not in the inbox."""


Prepare = Callable[[AsyncExitStack, Home, Random], Awaitable[Setting]]
"""Makes what stands between the services and their servers; the exit stack takes it away again."""


async def ordinary(_: AsyncExitStack, __: Home, ___: Random) -> Setting:
    return Setting()


async def nothing(_: Scene) -> None:
    return None


Mend = Callable[[Scene], Coroutine[None, None, list[str]]]


async def nothing_to_mend(_: Scene) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Drill:
    name: str
    fault: Fault
    prepare: Prepare = ordinary
    cramped: int = 0
    """So many children have names that their layout has no room for."""
    before: Fault = nothing
    """What is made ready when the stack runs and there is no school yet."""
    mend: Mend = nothing_to_mend
    """What people do when all is quiet, before it is counted; what is wrong then."""


@dataclass(frozen=True, slots=True)
class Outcome:
    drill: str
    count: Count
    recovery_s: float
    """From the end of the fault, and of the pressing, until nothing is going on any more."""
    took_s: float
    said: Sequence[str]


async def carry_out(drill: Drill, folder: Path, seed: str, certificates: int) -> Outcome:
    """On a stack of its own in `folder`, whose logs stay there. A drill that breaks off is red."""
    started = time.monotonic()
    try:
        return await _carried_out(drill, folder, seed, certificates)
    except Exception as error:
        broken_off = Count(lost=[f"it broke off: {reason}" for reason in _reasons(error)])
        return Outcome(drill.name, broken_off, QUIET_WITHIN_S, time.monotonic() - started, ())


async def _carried_out(drill: Drill, folder: Path, seed: str, certificates: int) -> Outcome:
    started = time.monotonic()
    chance = Random(f"{drill.name}-{seed}")
    home = Home(folder)
    async with AsyncExitStack() as running:
        setting = await drill.prepare(running, home, chance)
        stand = await running.enter_async_context(running_stand(home, chance, setting.told))
        nats_url = setting.nats_url or stand.addresses.endpoints.nats
        desk = await running.enter_async_context(office(nats_url, stand.addresses.school_id))
        scene = Scene(stand, desk, DrillSchool.of(certificates, cramped=drill.cramped), chance)
        expected, recovery_s, found = await _play(drill, scene)
        found.lost += await _counted(scene, expected, setting.mails or home.mail, found)
        return Outcome(drill.name, found, recovery_s, time.monotonic() - started, tuple(stand.said))


def _reasons(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        return [reason for each in error.exceptions for reason in _reasons(each)]
    return [f"{type(error).__name__}: {error}"]


async def _play(drill: Drill, scene: Scene) -> tuple[list[Expected], float, Count]:
    await drill.before(scene)
    await scene.office.tell(scene.school.roster())
    await scene.office.tell(scene.school.marks())
    progressions = await scene.office.progressions(scene.school)
    async with asyncio.TaskGroup() as together:
        fault = together.create_task(drill.fault(scene))
        expected = await _press(scene, progressions)
        scene.pressed.set()
        await fault
    found = Count()
    try:
        recovery_s = await until_quiet(scene.stand, len(expected), QUIET_WITHIN_S)
        found.lost += await drill.mend(scene)
        await until_quiet(scene.stand, len(expected), QUIET_WITHIN_S)
    except (NotQuiet, AssertionError, TimeoutError) as unrest:
        found.lost.append(str(unrest) or type(unrest).__name__)
        recovery_s = QUIET_WITHIN_S
    return expected, recovery_s, found


async def _press(scene: Scene, progressions: dict[str, str]) -> list[Expected]:
    """Runs of some of the children at random moments, and now and then a certificate that needs no level."""
    children = scene.school.children
    runs = [children[first : first + RUN_OF] for first in range(0, len(children), RUN_OF)]
    expected: list[Expected] = []
    for number, some in enumerate(runs):
        await scene.office.press(f"run-{number}", some, progressions)
        await scene.office.issue_ad_hoc(some[0])
        expected += [Expected(child, child.title) for child in some]
        expected.append(Expected(some[0], "Encouragement"))
        await asyncio.sleep(scene.chance.uniform(0, 2 * PRESSING_S / len(runs)))
    return expected


async def _counted(scene: Scene, expected: list[Expected], mails: Path, found: Count) -> list[str]:
    await scene.office.catch_up()
    counted = await count(scene.office, scene.school, expected, mails)
    found.duplicate_certificates += counted.duplicate_certificates
    found.duplicate_mails += counted.duplicate_mails
    found.for_a_person += counted.for_a_person
    return counted.lost
