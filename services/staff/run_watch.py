"""A run that somebody looks at, looked at again and again until nothing goes on."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from contracts.base import Body
from contracts.catalogue import RUN_STATES, QueryType
from contracts.queries import AskRun
from contracts.run_queries import RunStates
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.telemetry import get_logger
from services.staff.run_sight import Sight
from services.staff.run_stages import NOT_PRINTED, ON_ITS_WAY, Standing, Tally, goes_on, time_left

Request = TypeVar("Request", bound=Body)
Reply = TypeVar("Reply", bound=Body)

LOOK_EVERY_S = 1.0
LOOK_FOR_MAIL_EVERY_S = 3.0
"""While nothing but the mail is to come, and of the mail at all: it takes its time."""


@dataclass(frozen=True, slots=True)
class SchoolRecords:
    """The records of one school, for whoever looks in nobody's name."""

    bus: Bus
    school_id: str

    async def ask(self, query: QueryType[Request, Reply], request: Request) -> Reply:
        return await self.bus.ask(query, self.school_id, request)


@dataclass(frozen=True, slots=True)
class News:
    """What has changed since a tick, and how the whole run stands."""

    tick: int
    changed: dict[str, Standing]
    tally: Tally
    left: str | None
    can: str
    """What can be done with the run: where that changes, the page's buttons do."""


def can_be_done(states: RunStates, tally: Tally) -> str:
    """`cancel retry`, say: as the page's own mark, compared and never read."""
    if states.undone:
        return "undone"
    cancel = any(row.state == "issuing" and row.version == 1 for row in states.rows)
    marks = {"cancel": cancel, "retry": tally.stages["failed"] > 0, "cancelled": states.cancelled}
    return " ".join(mark for mark, holds in marks.items() if holds)


class RunWatch:
    """One run, looked at again and again until nothing goes on, or nobody looks."""

    def __init__(self, bus: Bus, school_id: str, run_id: str) -> None:
        self.name = secrets.token_hex(4)
        """Ticks of another watch mean nothing to this one."""
        self.ended = False
        self.viewers = 0
        self._records = SchoolRecords(bus, school_id)
        self._run_id = run_id
        self._sight = Sight(self._records)
        self._states: RunStates | None = None
        self._standings: dict[str, Standing] = {}
        self._changed_at: dict[str, int] = {}
        self._tick = 0
        self._can = ""
        self._begun: tuple[datetime, int] | None = None
        self._news = asyncio.Condition()
        self._looked_for_mail_at = 0.0

    async def run(self) -> None:
        try:
            while self.viewers and not self.ended:
                pace = LOOK_EVERY_S
                with contextlib.suppress(NobodyAnswered):
                    pace = await self._look()
                await asyncio.sleep(0 if self.ended else pace)
        except QueryRefused as refusal:
            get_logger().info("run_not_watched", code=refusal.code)
        except Exception:
            get_logger().exception("watch_failed")
        await self._end()

    async def news(self, since: int) -> News | None:
        """As soon as there is any; None where there will be none any more."""
        async with self._news:
            await self._news.wait_for(lambda: self._tick > since or self.ended)
        return self._told(since) if self._tick > since else None

    def _told(self, since: int) -> News:
        tally = Tally.of(self._standings.values())
        changed = {key: self._standings[key] for key, tick in self._changed_at.items() if tick > since}
        return News(self._tick, changed, tally, self._time_left(tally), self._can)

    async def _look(self) -> float:
        """How long to wait until the next look."""
        states = await self._records.ask(RUN_STATES, AskRun(run_id=self._run_id))
        standings = await self._sight.standings(states, ask_for_mails=self._is_time_for_mail(states))
        await self._note(states, standings)
        if not goes_on(standings.values(), states, datetime.now(UTC)):
            await self._end()
        busy = any(each.stage in ON_ITS_WAY for each in standings.values())
        return LOOK_EVERY_S if busy else LOOK_FOR_MAIL_EVERY_S

    def _is_time_for_mail(self, states: RunStates) -> bool:
        """Nothing leaves before `send_after`: until then there is nothing to ask."""
        now = asyncio.get_running_loop().time()
        held = states.send_after is not None and datetime.now(UTC) < states.send_after
        if self._looked_for_mail_at and (held or now - self._looked_for_mail_at < LOOK_FOR_MAIL_EVERY_S):
            return False
        self._looked_for_mail_at = now
        return True

    async def _note(self, states: RunStates, standings: dict[str, Standing]) -> None:
        changed = [key for key, each in standings.items() if self._standings.get(key) != each]
        can = can_be_done(states, Tally.of(standings.values()))
        if self._begun is None:
            self._begun = (datetime.now(UTC), Tally.of(standings.values()).done)
        is_news = bool(changed) or can != self._can or self._states is None
        self._states, self._standings, self._can = states, standings, can
        if is_news:
            async with self._news:
                self._tick += 1
                self._changed_at.update(dict.fromkeys(changed, self._tick))
                self._news.notify_all()

    def _time_left(self, tally: Tally) -> str | None:
        """At the pace that was seen from here: a run may have been started long ago, and be tried again now."""
        assert self._begun is not None
        since, done_then = self._begun
        left = sum(tally.stages[stage] for stage in NOT_PRINTED)
        return time_left(tally.done - done_then, left, datetime.now(UTC) - since)

    async def _end(self) -> None:
        async with self._news:
            self.ended = True
            self._news.notify_all()


def since_start(started: datetime, tally: Tally, now: datetime) -> str | None:
    """The time left as a page says it that is not live: at the pace since the run's start."""
    return time_left(tally.done, tally.unprinted, now - started) if now - started < timedelta(hours=1) else None
