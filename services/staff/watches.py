"""What somebody looks at just now: one watch each, however many look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Watch(Protocol):
    """`run` goes on as long as there are viewers, or until `ended`."""

    ended: bool
    viewers: int

    async def run(self) -> None: ...


Watching = TypeVar("Watching", bound=Watch)


class Watches(Generic[Watching]):
    """By what they are of, such as a school's id and a run's; `begin` makes one of the same."""

    def __init__(self, begin: Callable[..., Watching]) -> None:
        self._begin = begin
        self._running: dict[tuple[str, ...], tuple[Watching, asyncio.Task[None]]] = {}

    @contextmanager
    def watching(self, *of: str) -> Iterator[Watching]:
        """The watch, with one viewer more. The last one to leave ends it."""
        if of not in self._running or self._running[of][0].ended:
            begun = self._begin(*of)
            self._running[of] = (begun, asyncio.create_task(begun.run(), name=f"watch {' '.join(of)}"))
        watch, task = self._running[of]
        watch.viewers += 1
        try:
            yield watch
        finally:
            watch.viewers -= 1
            if not watch.viewers:
                task.cancel()
                if self._running.get(of, (None,))[0] is watch:
                    del self._running[of]
