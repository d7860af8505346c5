"""Sees every erasure through: it is said until all services have confirmed it, twice, and the streams are searched.

A duty of the leader. Twice, because what was under way the first time (a print, a picture that is being drawn) has
come to an end the second time. Whoever does not confirm is told again and again, and stands on the list of what needs
a person.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Self

from contracts.envelope import id_from, wrap
from contracts.erasure import CONFIRMS
from services.kit.broker import Bus
from services.kit.delivery import passes_by_itself
from services.kit.outbox import queue
from services.kit.postgres import Database
from services.kit.settling import describe
from services.kit.telemetry import get_logger
from services.progression.handlers.erasing import forget_refusals, told
from services.progression.store import sql
from services.progression.sweeping import sweep
from services.progression.traces import Traces
from services.progression.work import SOURCE

TICK_S = 0.5
SECOND_ROUND_AFTER = timedelta(seconds=25)
"""Longer than a print may take (20 s), and so than a picture, a copy for a share link, or the sending of a mail. Should
a certificate's own print take longer still, its answer tells (`renderings.rendered`)."""
LAST_ROUND = 2
LONGEST_PAUSE = timedelta(minutes=5)
LOUD_AFTER = 5


class Step(Enum):
    SEARCH = "search the streams"
    SECOND_ROUND = "say it the second time"
    TELL_AGAIN = "say it again"
    COMPLETE = "search the streams, and it is done"


@dataclass(frozen=True, slots=True)
class Open:
    """An erasure that is not complete."""

    school_id: str
    erasure_id: str
    at: datetime
    traces: Traces
    round: int
    told_at: datetime
    tellings: int
    swept_at: datetime | None
    confirmed_by: frozenset[str]

    @classmethod
    def of(cls, row: Any) -> Self:
        fields = {**row, "traces": Traces.of(row["traces"]), "confirmed_by": frozenset(row["confirmed_by"])}
        return cls(**fields)

    def next_step(self, now: datetime, patience: timedelta) -> Step | None:
        if self.swept_at is None:
            return Step.SEARCH
        if self.confirmed_by >= set(CONFIRMS):
            if self.round >= LAST_ROUND:
                return Step.COMPLETE
            return Step.SECOND_ROUND if now - self.at >= SECOND_ROUND_AFTER else None
        pause = min(LONGEST_PAUSE, patience * 2 ** min(self.tellings - 1, 10))
        return Step.TELL_AGAIN if now - self.told_at >= pause else None


class Eraser:
    def __init__(self, database: Database, bus: Bus, *, patience_s: float, wake: Callable[[], None]) -> None:
        """`patience_s`: how long a confirmation may take before it is asked for again."""
        self._database = database
        self._bus = bus
        self._patience = timedelta(seconds=patience_s)
        self._wake = wake

    async def run(self) -> None:
        while True:
            try:
                await self._tick()
            except Exception as error:
                if passes_by_itself(error):
                    get_logger().warning("eraser_waits", error=describe(error))
                else:
                    # Without the error's own text: that may quote a name.
                    get_logger().error("eraser_failed", error=type(error).__name__)
            await asyncio.sleep(TICK_S)

    async def _tick(self) -> None:
        now = datetime.now(UTC)
        steps: defaultdict[Step, list[Open]] = defaultdict(list)
        for erasure in [Open.of(row) async for row in sql.open_erasures(self._database.pool)]:
            if step := erasure.next_step(now, self._patience):
                steps[step].append(erasure)
        for erasure in steps[Step.SECOND_ROUND]:
            await self._tell(erasure, LAST_ROUND, 1, now)
        for erasure in steps[Step.TELL_AGAIN]:
            self._complain(erasure)
            await self._tell(erasure, erasure.round, erasure.tellings + 1, now)
        await self._search([*steps[Step.SEARCH], *steps[Step.COMPLETE]], now)
        for erasure in steps[Step.COMPLETE]:
            await self._complete(erasure, now)
            get_logger().info("erasure_complete", erasure_id=erasure.erasure_id)

    async def _complete(self, erasure: Open, now: datetime) -> None:
        """What came meanwhile and was refused may have quoted an id: that goes too, with the traces themselves."""
        async with self._database.transaction() as connection:
            await forget_refusals(connection, erasure.school_id, erasure.traces)
            await sql.complete_erasure(connection, **_key(erasure), now=now)

    async def _tell(self, erasure: Open, round_: int, tellings: int, now: datetime) -> None:
        identity = id_from("Erased", erasure.school_id, erasure.erasure_id, round_, tellings)
        envelope = wrap(
            told(erasure.erasure_id, round_, erasure.traces), erasure.school_id, source=SOURCE, message_id=identity
        )
        async with self._database.transaction() as connection:
            await queue(connection, envelope)
            await sql.note_telling(connection, **_key(erasure), round=round_, tellings=tellings, now=now)
        self._wake()

    def _complain(self, erasure: Open) -> None:
        waits_for = sorted(set(CONFIRMS) - erasure.confirmed_by)
        log = get_logger().bind(erasure_id=erasure.erasure_id, waits_for=waits_for)
        if erasure.tellings >= LOUD_AFTER:
            log.error("erasure_not_confirmed")
        else:
            log.warning("erasure_told_again")

    async def _search(self, erasures: Sequence[Open], now: datetime) -> None:
        """Once for all that one school has erased."""
        by_school: defaultdict[str, list[Open]] = defaultdict(list)
        for erasure in erasures:
            by_school[erasure.school_id].append(erasure)
        for school_id, mine in by_school.items():
            removed = await sweep(self._bus, school_id, Traces.all_of(erasure.traces for erasure in mine))
            for place, erasure in enumerate(mine):
                # Which message told of which child is not kept: the first of them counts all.
                await sql.note_sweep(self._database.pool, **_key(erasure), messages=0 if place else removed, now=now)


def _key(erasure: Open) -> dict[str, str]:
    return {"school_id": erasure.school_id, "erasure_id": erasure.erasure_id}
