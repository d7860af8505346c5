"""The end of a term at a school in containers: what its office has asked for, and whether all of it came, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from tests.containers.stack import ContainerStack
from tests.drills.counting import Count, Expected, count
from tests.drills.office import Office
from tests.drills.quiet import UNFINISHED
from tests.drills.school import Child, DrillSchool
from tests.waiting import eventually

QUIET_WITHIN_S = 120.0


@dataclass
class Term:
    stack: ContainerStack
    office: Office
    school: DrillSchool
    progressions: dict[str, str]
    asked_for: list[Expected] = field(default_factory=list)

    async def press(self, run_id: str, children: Sequence[Child]) -> None:
        await self.office.press(run_id, children, self.progressions)
        self.asked_for += [Expected(child, child.title) for child in children]

    async def issued(self, at_least: int) -> None:
        async def are_issued() -> bool:
            return len(self.office.issued) >= at_least

        await eventually(are_issued, within=QUIET_WITHIN_S, what=f"{at_least} certificates")

    async def counted(self) -> Count:
        """When nothing is going on any more."""

        async def is_quiet() -> bool:
            connection = await asyncpg.connect(self.stack.endpoints.postgres)
            try:
                rest = dict(await connection.fetchrow(UNFINISHED) or {})
            finally:
                await connection.close()
            made = rest.pop("certificates")
            return bool(made >= len(self.asked_for) and not any(rest.values()))

        await eventually(is_quiet, within=QUIET_WITHIN_S, pause=0.25)
        await self.issued(at_least=len(self.asked_for))
        return await count(self.office, self.school, self.asked_for, self.stack.home.mail)
