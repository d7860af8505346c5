"""Levels: the ladder in its order, and each level with its layout, its next level and its skills."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import LAYOUTS, LEVELS
from contracts.commands import RefusalReason
from contracts.envelope import id_from, new_id
from contracts.queries import Everything
from contracts.rendering import LayoutPublished
from contracts.roster import ImportRoster, Kept
from contracts.roster_queries import LevelInUse
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.forms import Unusable, text
from services.staff.ladder import LevelForm, consequences, id_of, mark_of, moved
from services.staff.visit import NotFound, Visit, see

STEPS = {"up": -1, "down": 1}
ALL_BUT_THE_PLACE = Kept(levels=("name", "next_level_id", "layout_id", "auto_issue", "skills"))
CHANGED_MEANWHILE = RefusalReason(
    code="changed_meanwhile",
    message="Somebody else has changed this level while you worked on it. What you see is what you entered: look at "
    "the level in another window, then save again to have it your way.",
)


async def show_all(visit: Visit) -> Response:
    return await _ladder(visit)


async def move(visit: Visit) -> Response:
    """All levels whose place changes, in one command: the ladder is never half ordered."""
    form = await visit.form()
    level_id, direction = text(form, "level_id"), text(form, "move")
    found = await visit.desk.ask(LEVELS, Everything())
    replaced = moved([each.level for each in found.levels], level_id, STEPS.get(direction, 0))
    if replaced:
        command = ImportRoster(levels=tuple(replaced), keeps=ALL_BUT_THE_PLACE, requested_by=visit.desk.person.called)
        command_id = id_from("order_levels", visit.desk.school_id, text(form, "form_id"), level_id, direction)
        await visit.desk.command(command, command_id)
        outcome = await visit.desk.outcome(command_id)
        if outcome.state == "refused":
            return await _ladder(visit, outcome.reasons)
    # Without a fragment: a browser that goes to one gives no button the focus.
    return see(f"/levels?moved={level_id}&by={direction}")


async def show(visit: Visit) -> Response:
    ladder = await visit.desk.ask(LEVELS, Everything())
    there = _one_of(ladder.levels, visit.id_in_path("level_id"))
    return await _level(visit, ladder.levels, there, LevelForm.of_level(there.level))


async def save(visit: Visit) -> Response:
    """A button of a skill changes the form alone; “Save level” puts the level."""
    form = await visit.form()
    ladder = await visit.desk.ask(LEVELS, Everything())
    there = _one_of(ladder.levels, visit.id_in_path("level_id"))
    typed, pressed = LevelForm.of(form), text(form, "do")
    if pressed != "save":
        return await _level(visit, ladder.levels, there, typed.after(pressed), pressed=pressed)
    if text(form, "was") != mark_of(there.level):
        return await _level(visit, ladder.levels, there, typed, [CHANGED_MEANWHILE])
    return await _put(visit, ladder.levels, there, typed, there.level.level_id, there.level.position)


async def show_new(visit: Visit) -> Response:
    ladder = await visit.desk.ask(LEVELS, Everything())
    return await _level(visit, ladder.levels, None, LevelForm(skills=LevelForm().after("add").skills))


async def save_new(visit: Visit) -> Response:
    form = await visit.form()
    ladder = await visit.desk.ask(LEVELS, Everything())
    typed, pressed = LevelForm.of(form), text(form, "do")
    if pressed != "save":
        return await _level(visit, ladder.levels, None, typed.after(pressed), pressed=pressed)
    levels = [each.level for each in ladder.levels]
    level_id = id_of(typed.name, {level.level_id for level in levels}, otherwise="level")
    last = max((level.position for level in levels), default=0)
    return await _put(visit, ladder.levels, None, typed, level_id, last + 1)


async def _put(
    visit: Visit, ladder: Sequence[LevelInUse], there: LevelInUse | None, typed: LevelForm, level_id: str, position: int
) -> Response:
    """One form is one command: its id was in the form."""
    try:
        command = typed.body(level_id, position)
    except Unusable as unusable:
        return await _level(visit, ladder, there, typed, [_in_words(reason) for reason in unusable.reasons])
    form_id = text(await visit.form(), "form_id")
    command_id = id_from("put_level", visit.desk.school_id, form_id, command.model_dump_json())
    await visit.desk.command(command, command_id)
    outcome = await visit.desk.outcome(command_id)
    if outcome.state == "refused":
        return await _level(visit, ladder, there, typed, outcome.reasons)
    return see(f"/levels?saved={level_id}#level-{level_id}")


def _in_words(reason: RefusalReason) -> RefusalReason:
    path = reason.path or ""
    if path == "name":
        return reason.model_copy(update={"message": "Give the level a name, of 200 characters at most."})
    return reason


def _one_of(ladder: Sequence[LevelInUse], level_id: str) -> LevelInUse:
    for each in ladder:
        if each.level.level_id == level_id:
            return each
    raise NotFound


async def published_layouts(visit: Visit) -> tuple[LayoutPublished, ...] | None:
    """None where rendering does not answer just now: levels are to be seen all the same."""
    try:
        return (await visit.desk.ask(LAYOUTS, Everything())).layouts
    except (NobodyAnswered, QueryRefused):
        return None


async def _ladder(visit: Visit, reasons: Sequence[RefusalReason] = ()) -> Response:
    found, layouts = await asyncio.gather(visit.desk.ask(LEVELS, Everything()), published_layouts(visit))
    return await visit.page(
        "levels.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        ladder=found.levels,
        names={each.level.level_id: each.level.name for each in found.levels},
        layouts={layout.layout_id: layout for layout in layouts or ()},
        layouts_known=layouts is not None,
        saved=visit.id_asked_for("saved"),
        moved=visit.id_asked_for("moved"),
        by=visit.id_asked_for("by"),
        reasons=reasons,
        form_id=new_id(),
    )


async def _level(
    visit: Visit,
    ladder: Sequence[LevelInUse],
    there: LevelInUse | None,
    typed: LevelForm,
    reasons: Sequence[RefusalReason] = (),
    pressed: str = "",
) -> Response:
    layouts = await published_layouts(visit)
    return await visit.page(
        "level.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if reasons else HTTPStatus.OK,
        there=there,
        typed=typed,
        was=mark_of(there.level) if there else "",
        others=[each.level for each in ladder if there is None or each.level.level_id != there.level.level_id],
        layouts=layouts or (),
        layouts_known=layouts is not None,
        told=consequences(there, typed) if there else [],
        reasons=reasons,
        pressed=pressed,
        form_id=new_id(),
    )
