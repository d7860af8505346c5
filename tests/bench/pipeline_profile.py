"""Whose CPU a certificate's way through everything but Chromium takes."""

from __future__ import annotations

from rich.table import Table

from tests.bench.lab import Lab
from tests.bench.pipeline import both
from tests.bench.profile import spent_table


async def pipeline_profile(lab: Lab) -> Table:
    way, loop, _ = await both(lab)
    columns = {"bare loop": loop, "through Laurel": way}
    return spent_table("ms a certificate", columns, "Where a certificate's time goes, without Chromium")
