"""Whose CPU a certificate's way through everything but Chromium takes, and what it leaves on disk."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table

from tests.bench.lab import Lab
from tests.bench.pipeline import both
from tests.bench.profile import spent_table


async def pipeline_profile(lab: Lab) -> Group:
    way, loop, _, kept = await both(lab)
    columns = {"bare loop": loop, "through Laurel": way}
    left = Table("bytes a certificate", "", title="What it leaves on disk, before any vacuum")
    for name, size in kept.items():
        left.add_row(name, f"{size:,.0f}")
    return Group(spent_table("ms a certificate", columns, "Where a certificate's time goes, without Chromium"), left)
