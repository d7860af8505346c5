"""Certificates that cannot be printed, and messages that are rubbish; then the cause is mended."""

from __future__ import annotations

import json
from pathlib import Path

from contracts.catalogue import ATTENTION, DEAD_LETTERS, TEACHERS
from contracts.queries import Everything
from contracts.roster import PutTeacher
from deploy.addresses import Addresses
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.rendering.layouts import draft_of, publish_draft
from services.rendering.layouts.trial import QUICKEST
from tests.drills.command import laurel
from tests.drills.drill import Scene
from tests.drills.school import CRAMPED
from tests.waiting import eventually

LAYOUTS = Path(__file__).parent.parent / "layouts"
POISONED = 20
SUBJECT = "roster.cmd.put_teacher.v1"


async def publish(addresses: Addresses, folder: str) -> None:
    """As the next version of the layout `cramped`."""
    bus = Bus("rendering", addresses.nats("rendering"), Metrics())
    await bus.start()
    try:
        draft = draft_of(LAYOUTS / folder, CRAMPED.level_id).model_copy(update=QUICKEST)
        await publish_draft(Artefacts(addresses.artefacts), bus, addresses.school_id, CRAMPED.level_id, draft)
    finally:
        await bus.stop()


async def poison(scene: Scene) -> None:
    """Twenty names are too long for their layout, and twenty messages break off in the middle."""
    for number in range(POISONED):
        await scene.stand.a_while(0, 0.3)
        whole = _teacher(number)
        await scene.office.publish_raw(f"{SUBJECT}.{scene.office.school_id}", whole[: len(whole) - 9])


async def cramped_first(scene: Scene) -> None:
    """The layout is there before anybody is marked."""
    await publish(scene.stand.addresses, "cramped")


async def mended_and_sent_through(scene: Scene) -> list[str]:
    """Forty are listed with their reasons; the layout and the bodies are mended; one command sends all through."""
    wrong = await _forty_are_listed(scene)
    await publish(scene.stand.addresses, "roomy")
    bodies = await _mended_bodies(scene)
    await laurel(scene.stand, "dead-letters", "retry", "--all", "--bodies", str(bodies))

    async def nothing_waits() -> bool:
        attention = await scene.office.ask(ATTENTION, Everything())
        return attention is not None and not attention.certificates and not attention.dead_letters

    await eventually(nothing_waits, within=60)
    teachers = await scene.office.ask(TEACHERS, Everything())
    names = {teacher.name for teacher in teachers.teachers} if teachers else set()
    return wrong + [f"{_name(n)} was never put" for n in range(POISONED) if _name(n) not in names]


async def _forty_are_listed(scene: Scene) -> list[str]:
    attention = await scene.office.ask(ATTENTION, Everything())
    letters = await scene.office.ask(DEAD_LETTERS, Everything())
    assert attention is not None
    assert letters is not None
    too_long = [one for one in attention.certificates if one.reason.code == "does_not_fit"]
    rubbish = [one for one in letters.letters if "not JSON" in one.reason]
    found = (len(too_long), len(rubbish))
    scene.stand.say(f"listed: {found[0]} certificates, {found[1]} messages")
    return [] if found == (POISONED, POISONED) else [f"listed are {found} instead of 20 and 20"]


async def _mended_bodies(scene: Scene) -> Path:
    """One file for each letter, as a person would write it: the broken off body, complete."""
    folder = scene.stand.home.folder / "mended"
    folder.mkdir()
    letters = await scene.office.ask(DEAD_LETTERS, Everything())
    assert letters is not None
    for number, letter in enumerate(letters.letters):
        (folder / f"{letter.letter_id}.json").write_bytes(_teacher(number))
    return folder


def _name(number: int) -> str:
    return f"Mended {number}"


def _teacher(number: int) -> bytes:
    return json.dumps(PutTeacher(teacher_id=f"mended-{number}", name=_name(number)).model_dump()).encode()
