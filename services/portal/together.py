"""Questions of the same moment, answered by one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")
Ask: TypeAlias = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Answer]]]


class Together(Generic[Key, Answer]):
    """Whoever asks while a statement is on its way waits for the next one, with all others who do.

    So each answer is of a statement that began after the question: nothing is kept, and a link that has been stopped
    opens nothing from that moment on. A crowd that opens a link costs one round trip for all who are there at a time.
    """

    def __init__(self, ask: Ask[Key, Answer]) -> None:
        """`ask` answers many keys at once; what it does not know is missing from its answer."""
        self._ask = ask
        self._waiting: list[tuple[Key, asyncio.Future[Answer | None]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def answer(self, key: Key) -> Answer | None:
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_for_all(), name="together")
        return await answer

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                await self._ask_for(waiting)
        finally:
            self._asking = None

    async def _ask_for(self, waiting: Sequence[tuple[Key, asyncio.Future[Answer | None]]]) -> None:
        try:
            found = await self._ask([key for key, _ in waiting])
        except Exception as error:
            for answer in _still_wanted(waiting):
                answer[1].set_exception(error)
        else:
            for key, future in _still_wanted(waiting):
                future.set_result(found.get(key))


def _still_wanted(
    waiting: Sequence[tuple[Key, asyncio.Future[Answer | None]]],
) -> list[tuple[Key, asyncio.Future[Answer | None]]]:
    """Without those who have gone."""
    return [(key, future) for key, future in waiting if not future.done()]
