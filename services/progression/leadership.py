"""Of all progressions that run, one leads: it acts on commands in their order, and finds what stands still.

The leader holds an advisory lock as long as its connection to Postgres lives. The others stand by:
they answer questions, record what rendering says, and take over within seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from services.kit.patience import ended
from services.kit.postgres import Connection, Database
from services.kit.settling import describe
from services.kit.telemetry import get_logger

LOCK = 7_265_002
POLL_S = 0.5
ANSWER_S = 5.0

Duty: TypeAlias = Callable[[], Awaitable[None]]
"""Goes on until it is cancelled."""


class Leadership:
    name = "leadership"

    def __init__(self, database: Database, duties: Sequence[Duty]) -> None:
        self._database = database
        self._duties = duties
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="leadership")

    async def stop(self) -> None:
        """What is in hand is handed back, and another may lead."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _run(self) -> None:
        while True:
            try:
                async with self._database.pool.acquire() as connection:
                    await self._lead_if_it_is_our_turn(connection)
            except Exception as error:
                # Whatever it was: the duties begin anew, here or elsewhere.
                get_logger().warning("leadership_lost", error=_described(error))
            await asyncio.sleep(POLL_S)

    async def _lead_if_it_is_our_turn(self, connection: Connection) -> None:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK, timeout=ANSWER_S):
            return
        get_logger().info("leading")
        async with asyncio.TaskGroup() as duties:
            for duty in self._duties:
                duties.create_task(_never_ending(duty))
            duties.create_task(_as_long_as_it_answers(connection))


async def _never_ending(duty: Duty) -> None:
    task = asyncio.ensure_future(duty())
    try:
        await asyncio.wait([task])
    finally:
        # Cancelled, it has ended.
        await ended(task)
    await task
    raise RuntimeError("a duty came to an end")


async def _as_long_as_it_answers(connection: Connection) -> None:
    """The lock is ours as long as its connection lives."""
    while True:
        await connection.fetchval("SELECT true", timeout=ANSWER_S)
        await asyncio.sleep(POLL_S)


def _described(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(_described(each) for each in error.exceptions)
    return describe(error)
