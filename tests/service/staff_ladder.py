"""The ladder of the school of `staff_school`, its layouts, and what an import would do there."""

from __future__ import annotations

from contracts.commands import RefusalReason
from contracts.layout_queries import LayoutVersions
from contracts.roster import PutLevel, Skill
from contracts.roster_queries import (
    FieldChange,
    ImportCheck,
    LevelInUse,
    Levels,
    RosterChange,
    RosterCount,
)
from tests.service.staff_school import layout

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""One pixel."""
FLOATS = Skill(skill_id="float", name="Floats on the back", kind="tick")
SWIMS = Skill(skill_id="swim", name="Freestyle 25 m", kind="scale")


def in_use(level: PutLevel, students: int, waiting: int = 0) -> LevelInUse:
    return LevelInUse(level=level, students=students, waiting=waiting)


STARFISH = PutLevel(
    level_id="starfish", name="Starfish", position=1, next_level_id="seal", layout_id="plain", skills=(FLOATS, SWIMS)
)
SEAL = PutLevel(level_id="seal", name="Seal & Pup", position=2, next_level_id="whale", skills=(SWIMS,))
ORCA = PutLevel(level_id="orca", name="Orca", position=5, layout_id="gone", auto_issue=True, skills=())
LADDER = Levels(levels=(in_use(STARFISH, 24, 3), in_use(SEAL, 1), in_use(ORCA, 0)))

VERSIONS = LayoutVersions(layout=layout("plain", "Plain", 120), versions=(1,))

CHECK = ImportCheck(
    counts=(
        RosterCount(kind="families", new=1, changed=0, same=140),
        RosterCount(kind="students", new=0, changed=1, same=212),
    ),
    changes=(
        RosterChange(
            kind="students",
            id="s2",
            name="Sinéad O'Brien",
            new=False,
            fields=(
                FieldChange(field="class_name", was="Tuesday 4 pm", now="Friday 5 pm"),
                FieldChange(field="preferred_name", was="Shin"),
            ),
        ),
        RosterChange(
            kind="families",
            id="f9",
            name="Ngata",
            new=True,
            fields=(
                FieldChange(field="name", now="Ngata"),
                FieldChange(field="guardians", now="Mere Ngata <mere@example.org>"),
            ),
        ),
    ),
    problems=(),
)
NO_FAMILY = RefusalReason(
    code="unknown_family",
    message="students.csv, line 3: There is no family “f9”. Add it to the families, or correct the id.",
    path="students.1.family_id",
)
