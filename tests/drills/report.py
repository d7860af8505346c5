"""The table and the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from tests.drills.drill import Outcome

RECOVERY_GOAL_S = 90.0
SHOWN = 12
"""Lines of each kind of fault that are shown."""


def is_green(outcome: Outcome) -> bool:
    return outcome.count.is_clean and outcome.recovery_s <= RECOVERY_GOAL_S


def table(outcomes: Sequence[Outcome], seed: str) -> Table:
    columns = ("drill", "lost", "twice", "mails twice", "for a person", "recovery s", "took s", "")
    shown = Table(*columns, title=f"seed {seed}")
    for outcome in outcomes:
        count = outcome.count
        shown.add_row(
            outcome.drill,
            str(len(count.lost)),
            str(len(count.duplicate_certificates)),
            str(len(count.duplicate_mails)),
            str(len(count.for_a_person)),
            f"{outcome.recovery_s:.0f}",
            f"{outcome.took_s:.0f}",
            "[green]green[/green]" if is_green(outcome) else "[red]RED[/red]",
        )
    return shown


def what_is_wrong(outcome: Outcome) -> str:
    """For whoever has to find out why."""
    count = outcome.count
    kinds = {
        "lost": count.lost,
        "twice": count.duplicate_certificates,
        "mails twice": count.duplicate_mails,
        "for a person": count.for_a_person,
    }
    lines = [f"{outcome.drill}:"]
    for kind, found in kinds.items():
        lines += [f"  {kind}: {line}" for line in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"  {kind}: and {len(found) - SHOWN} more")
    return "\n".join([*lines, *(f"    {line}" for line in outcome.said)])


def write_json(outcomes: Sequence[Outcome], path: Path) -> None:
    """`{"drill.<name>.lost": {"value", "unit", "goal", "better"}}` and so on."""
    content = {}
    for outcome in outcomes:
        count = outcome.count
        for name, found in (
            ("lost", count.lost),
            ("duplicate_certificates", count.duplicate_certificates),
            ("duplicate_mails", count.duplicate_mails),
        ):
            content[f"drill.{outcome.drill}.{name}"] = _value(len(found), "pieces", 0)
        content[f"drill.{outcome.drill}.recovery_s"] = _value(round(outcome.recovery_s, 1), "s", RECOVERY_GOAL_S)
    path.write_text(json.dumps(content, indent=2) + "\n")


def _value(value: float, unit: str, goal: float) -> dict[str, object]:
    return {"value": value, "unit": unit, "goal": goal, "better": "lower"}
