"""A level as it stands in its form, with its skills in their order, and what saving it would mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Self

from starlette.datastructures import FormData

from contracts.envelope import id_from
from contracts.roster import PutLevel
from contracts.roster_queries import LevelInUse
from services.staff.forms import read_as, text, texts, whole

RESERVED = {"new"}
"""An address of its own."""


@dataclass(frozen=True, slots=True)
class SkillRow:
    skill_id: str = ""
    """Empty for one that is being added."""
    name: str = ""
    kind: str = "tick"


@dataclass(frozen=True, slots=True)
class LevelForm:
    name: str = ""
    layout_id: str = ""
    next_level_id: str = ""
    auto_issue: bool = False
    skills: tuple[SkillRow, ...] = ()

    @classmethod
    def of(cls, form: FormData) -> Self:
        """As it was sent: with a hole in it where not every skill has all its parts."""
        skills = zip(texts(form, "skill_id"), texts(form, "skill_name"), texts(form, "skill_kind"), strict=False)
        return cls(
            name=text(form, "name"),
            layout_id=text(form, "layout_id"),
            next_level_id=text(form, "next_level_id"),
            auto_issue=text(form, "auto_issue") == "on",
            skills=tuple(SkillRow(skill_id, name.strip(), kind) for skill_id, name, kind in skills),
        )

    @classmethod
    def of_level(cls, level: PutLevel) -> Self:
        return cls(
            name=level.name,
            layout_id=level.layout_id or "",
            next_level_id=level.next_level_id or "",
            auto_issue=level.auto_issue,
            skills=tuple(SkillRow(skill.skill_id, skill.name, skill.kind) for skill in level.skills),
        )

    def after(self, pressed: str) -> LevelForm:
        """What a button of a skill makes of it: `add`, `up.2`, `down.2`, `remove.2`."""
        action, _, place = pressed.partition(".")
        n = whole(place)
        skills = list(self.skills)
        if action == "add":
            skills.append(SkillRow())
        elif n is None or n >= len(skills):
            return self
        elif action == "remove":
            del skills[n]
        elif action in ("up", "down"):
            skill = skills.pop(n)
            skills.insert(max(0, n - 1) if action == "up" else n + 1, skill)
        return replace(self, skills=tuple(skills))

    def body(self, level_id: str, position: int) -> PutLevel:
        """Unusable with reasons for people. Rows without a name are none; a new skill's id is made from its name."""
        return read_as(
            PutLevel,
            {
                "level_id": level_id,
                "name": self.name,
                "position": position,
                "layout_id": self.layout_id,
                "next_level_id": self.next_level_id,
                "auto_issue": self.auto_issue,
                "skills": self._skills(),
            },
        )

    def _skills(self) -> list[dict[str, str]]:
        named = [skill for skill in self.skills if skill.name]
        taken = {skill.skill_id for skill in named}
        found = []
        for skill in named:
            skill_id = skill.skill_id or id_of(skill.name, taken, otherwise="skill")
            taken.add(skill_id)
            found.append({"skill_id": skill_id, "name": skill.name, "kind": skill.kind})
        return found


def mark_of(level: PutLevel) -> str:
    """The same for the same level: tells whether somebody else has changed it meanwhile."""
    return id_from("level", level.model_dump_json())


def id_of(name: str, taken: Collection[str], *, otherwise: str) -> str:
    """An id that is like the name: `Little Penguin` is `little-penguin`, and `little-penguin-2` where that is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].rstrip("-") or otherwise
    free = stem
    n = 1
    while free in taken or free in RESERVED:
        n += 1
        free = f"{stem}-{n}"
    return free


def moved(levels: Sequence[PutLevel], level_id: str, step: int) -> list[PutLevel]:
    """Those whose place in the ladder is another, once the level has gone a step up (-1) or down (1)."""
    ladder = list(levels)
    n = next((n for n, level in enumerate(ladder) if level.level_id == level_id), -1)
    if n < 0 or not 0 <= n + step < len(ladder):
        return []
    ladder[n], ladder[n + step] = ladder[n + step], ladder[n]
    placed = [level.model_copy(update={"position": place}) for place, level in enumerate(ladder, start=1)]
    before = {level.level_id: level.position for level in levels}
    return [level for level in placed if level.position != before[level.level_id]]


def consequences(there: LevelInUse, form: LevelForm) -> list[str]:
    """What saving means for marks and for pending progressions, in words."""
    level = there.level
    kept = {skill.skill_id for skill in form.skills if skill.name}
    removed = [skill.name for skill in level.skills if skill.skill_id not in kept]
    added = [skill.name for skill in form.skills if not skill.skill_id and skill.name]
    told = []
    if removed:
        told.append(f"{_listed(removed)}: marks for it are kept, and count no longer. {_who_completes(there, form)}")
    if added or any(not skill.skill_id for skill in form.skills):
        told.append(_who_completes_no_more(there, added))
    if form.auto_issue and not level.auto_issue:
        told.append("From now on a certificate is issued by itself as soon as a student has every skill.")
    return told


def _who_completes(there: LevelInUse, form: LevelForm) -> str:
    if not there.students or not form.skills:
        return ""
    then = "is issued the certificate at once" if form.auto_issue else "appears among the pending progressions"
    return f"Whoever has every other skill has mastered the level then, and {then}."


def _who_completes_no_more(there: LevelInUse, added: Sequence[str]) -> str:
    what = _listed(added) if added else "A new skill"
    waiting = f" ({there.waiting} now)" if there.waiting else ""
    return (
        f"{what}: nobody has it yet, so pending progressions that nobody has acted on{waiting} go until it is marked."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
