"""An import's decision as the answer to whoever wants to see it first. Pure: no IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.base import Body
from contracts.roster import PutFamily, PutLevel, PutStudent, PutTeacher
from contracts.roster_queries import FieldChange, ImportCheck, RosterChange, RosterCount, RosterKind
from services.progression.domain import printed_name
from services.progression.importing import Change, Decision, Known

MOST = 200
"""Of changes, of problems and of hints."""
LEVELS = ("level_id", "next_level_id")


def import_check(decision: Decision, known: Known) -> ImportCheck:
    names = {level.level_id: level.name for level in (*known.levels.values(), *(each.now for each in decision.levels))}
    by_kind: dict[RosterKind, Sequence[Change[Any]]] = {
        "levels": decision.levels,
        "teachers": decision.teachers,
        "families": decision.families,
        "students": decision.students,
    }
    changes = [(kind, change) for kind, changes in by_kind.items() for change in changes if change.is_one]
    # What is changed is more of a surprise than what is new.
    changes.sort(key=lambda each: each[1].is_new)
    return ImportCheck(
        counts=tuple(_count(kind, changes) for kind, changes in by_kind.items() if changes),
        changes=tuple(_shown(kind, change, names) for kind, change in changes[:MOST]),
        changes_left_out=max(0, len(changes) - MOST),
        problems=tuple(decision.problems[:MOST]),
        problems_left_out=max(0, len(decision.problems) - MOST),
        hints=tuple(decision.hints[:MOST]),
    )


def _count(kind: RosterKind, changes: Sequence[Change[Any]]) -> RosterCount:
    new = sum(change.is_new for change in changes)
    changed = sum(change.is_one for change in changes) - new
    return RosterCount(kind=kind, new=new, changed=changed, same=len(changes) - new - changed)


def _shown(kind: RosterKind, change: Change[Any], names: Mapping[str, str]) -> RosterChange:
    now = change.now
    identity = next(iter(type(now).model_fields))
    fields = tuple(_field(name, change, names) for name in _fields(change))
    return RosterChange(kind=kind, id=getattr(now, identity), name=_called(now), new=change.is_new, fields=fields)


def _fields(change: Change[Any]) -> Iterator[str]:
    """Those that differ, but for the id; of a new one those that it has."""
    for name in list(type(change.now).model_fields)[1:]:
        if change.differs_in(name) and (not change.is_new or getattr(change.now, name) not in (None, (), False)):
            yield name


def _field(name: str, change: Change[Any], names: Mapping[str, str]) -> FieldChange:
    """Levels are shown by their names: an id alone tells nobody anything."""
    was = None if change.is_new else _text(getattr(change.was, name))
    now = _text(getattr(change.now, name))
    if name in LEVELS:
        was, now = was and names.get(was, was), now and names.get(now, now)
    return FieldChange(field=name, was=was, now=now)


def _text(value: Any) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_member(member) for member in value)
    return str(value)


def _member(member: Body) -> str:
    """A guardian of a family, a skill of a level."""
    said = member.model_dump()
    if "email" not in said:
        return f"{said['name']} ({said['kind']})"
    return f"{said['name']} <{said['email']}>" + (f" ({said['locale']})" if said["locale"] else "")


def _called(put: PutLevel | PutTeacher | PutFamily | PutStudent) -> str:
    if isinstance(put, PutStudent):
        return printed_name(put.given_name, put.family_name, put.preferred_name)
    return put.name
