"""Questions of the same moment are answered by one statement, and no answer is older than its question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.portal.together import Together


class Statements:
    """Each waits until it is let go, and answers what is true when it began."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.truth = "open"
        self.fails = False
        self._began = asyncio.Event()
        self._may_end = asyncio.Semaphore(0)

    async def __call__(self, keys: Sequence[str]) -> dict[str, str]:
        self.asked.append(list(keys))
        truth = self.truth
        self._began.set()
        await self._may_end.acquire()
        if self.fails:
            raise ConnectionError
        return {key: truth for key in keys if key != "unknown"}

    async def has_begun(self) -> None:
        async with asyncio.timeout(5):
            await self._began.wait()
        self._began.clear()

    def let_go(self) -> None:
        self._may_end.release()


async def test_whoever_asks_meanwhile_is_answered_by_the_next_statement_together_with_the_others() -> None:
    statements = Statements()
    together = Together(statements)
    first = asyncio.create_task(together.answer("a"))
    await statements.has_begun()
    statements.truth = "stopped"
    late = [asyncio.create_task(together.answer(key)) for key in ("a", "b", "unknown")]
    await asyncio.sleep(0)
    statements.let_go()
    statements.let_go()
    assert await first == "open"
    assert await asyncio.gather(*late) == ["stopped", "stopped", None]
    assert statements.asked == [["a"], ["a", "b", "unknown"]]


async def test_who_goes_away_hinders_nobody() -> None:
    statements = Statements()
    together = Together(statements)
    gone, stays = [asyncio.create_task(together.answer(key)) for key in ("a", "b")]
    await statements.has_begun()
    gone.cancel()
    statements.let_go()
    assert await stays == "open"
    assert gone.cancelled()


async def test_a_failure_is_told_to_all_who_waited_and_the_next_one_asks_anew() -> None:
    statements = Statements()
    together = Together(statements)
    statements.fails = True
    waited = [asyncio.create_task(together.answer(key)) for key in ("a", "b")]
    await statements.has_begun()
    statements.let_go()
    for each in waited:
        with pytest.raises(ConnectionError):
            await each
    statements.fails = False
    statements.let_go()
    assert await together.answer("a") == "open"
