"""The demo school's ten swimming levels and their skills."""

from __future__ import annotations

from contracts.roster import PutLevel, Skill

HARBOUR, SHORELINE, LAUREATE = "harbour", "shoreline", "laureate"

# Level, layout, skills. `%` marks a scale of 0 to 100; the others are ticks.
# Stingray is new this term and has no layout yet: the school sees that, and why, before it starts a run.
LADDER: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
    (
        "Starfish",
        HARBOUR,
        (
            "Enters the water safely from the side",
            "Blows bubbles with the face in the water",
            "Floats on back for 5 seconds with help",
            "Kicks along the wall for 3 metres",
        ),
    ),
    (
        "Seahorse",
        HARBOUR,
        (
            "Puts the whole face in and looks at the bottom",
            "Floats on front for 5 seconds",
            "Floats on back for 10 seconds",
            "Glides 2 metres from the wall",
            "% Flutter kick with a board, 5 m",
        ),
    ),
    (
        "Crab",
        HARBOUR,
        (
            "Jumps in and turns back to the wall",
            "Rolls from front to back and breathes",
            "Glides 3 metres on the back",
            "Picks up a ring from waist-deep water",
            "% Flutter kick on front, 8 m",
            "% Flutter kick on back, 8 m",
        ),
    ),
    (
        "Little Penguin",
        HARBOUR,
        (
            "Knows three rules of the pool",
            "Treads water for 15 seconds",
            "% Freestyle arms with a board, 10 m",
            "% Backstroke arms, 10 m",
        ),
    ),
    (
        "Turtle",
        HARBOUR,
        (
            "Treads water for 30 seconds",
            "Dives for a ring in chest-deep water",
            "Breathes to the side every third stroke",
            "% Freestyle, 10 m",
            "% Backstroke, 10 m",
        ),
    ),
    (
        "Stingray",
        None,
        (
            "Puts on a lifejacket in the water",
            "Huddles with two others for one minute",
            "Sculls head first for 5 metres",
            "% Freestyle, 15 m",
            "% Survival backstroke, 15 m",
        ),
    ),
    (
        "Seal",
        SHORELINE,
        (
            "Sits and dives from the edge",
            "Treads water for one minute",
            "% Freestyle, 25 m",
            "% Backstroke, 25 m",
            "% Breaststroke kick, 15 m",
            "% Dolphin kick, 10 m",
        ),
    ),
    (
        "Dolphin",
        HARBOUR,
        (
            "Kneeling dive",
            "Swims 25 metres in clothes",
            "Throws a rope to somebody 5 metres away",
            "% Freestyle, 50 m",
            "% Backstroke, 50 m",
            "% Breaststroke, 25 m",
            "% Butterfly arms and kick, 10 m",
        ),
    ),
    (
        "Orca",
        SHORELINE,
        (
            "Standing dive from the blocks",
            "Tumble turn on front",
            "% Freestyle, 100 m",
            "% Backstroke, 100 m",
            "% Breaststroke, 50 m",
            "% Butterfly, 25 m",
        ),
    ),
    (
        "Squad Ready",
        LAUREATE,
        (
            "Tumble turns on front and back",
            "Reads the pace clock",
            "Finishes a 30 minute session without a rest",
            "% Freestyle, 200 m",
            "% Individual medley, 100 m",
        ),
    ),
)


def levels() -> tuple[PutLevel, ...]:
    ids = [level_id(name) for name, _, _ in LADDER]
    return tuple(
        PutLevel(
            level_id=own_id,
            name=name,
            position=position,
            next_level_id=next_id,
            layout_id=layout_id,
            skills=tuple(_skill(number, skill) for number, skill in enumerate(skills, start=1)),
        )
        for position, ((name, layout_id, skills), own_id, next_id) in enumerate(
            zip(LADDER, ids, [*ids[1:], None], strict=True), start=1
        )
    )


def level_id(name: str) -> str:
    return name.lower().replace(" ", "-")


def _skill(number: int, described: str) -> Skill:
    is_scale = described.startswith("% ")
    return Skill(skill_id=f"s{number}", name=described.removeprefix("% "), kind="scale" if is_scale else "tick")
