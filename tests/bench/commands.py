"""Issue commands in the stream: published while nobody may take them, let go, and seen through to the end."""

from __future__ import annotations

import asyncio
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.catalogue import TYPE_OF
from contracts.envelope import wrap
from contracts.rendering import Rendered, RenderingFailed
from contracts.topology import COMMANDS, DEAD_LETTERS, INTERNAL, RENDERING_ISSUE, Stream
from services.kit.broker import Bus
from tests.bench.awards import SCHOOL_ID, command_of

LOOK_EVERY_S = 0.02
PATIENCE_S = 900.0
PUBLISHED_AT_ONCE = 250
LONGEST_HOLD = timedelta(minutes=10)


class NotAllPrinted(Exception):
    """The text says what is missing: the measurement counts for nothing."""


class Commands:
    """All issue commands of one broker. Each has a number of its own, and so a certificate of its own."""

    def __init__(self, progression: Bus, artefacts: Path, layout_version: int) -> None:
        self.progression = progression
        self._certificates = artefacts / "certificates"
        self._layout_version = layout_version
        self._jetstream = progression.jetstream
        self._published = 0
        self._forgotten = 0

    async def publish(self, count: int) -> None:
        """The next ones, stored by the broker."""
        numbers = range(self._published, self._published + count)
        self._published += count
        for first in range(0, count, PUBLISHED_AT_ONCE):
            lot = numbers[first : first + PUBLISHED_AT_ONCE]
            await asyncio.gather(*(self._publish(number) for number in lot))

    async def print_waiting(self, count: int) -> float:
        """Seconds from letting the renderers at `count` waiting commands until all of them are done.

        NotAllPrinted where a command failed or something is not where it should be.
        """
        await self.hold(count - 1)
        started = time.perf_counter()
        await self.let_go()
        elapsed = time.perf_counter() - started
        await self._check()
        return elapsed

    async def hold(self, count: int) -> None:
        """The next ones, waiting: the broker hands out none of them, to anybody."""
        until = datetime.now(UTC) + LONGEST_HOLD
        await self._jetstream.pause_consumer(RENDERING_ISSUE.stream, RENDERING_ISSUE.name, until.isoformat())
        await self.publish(count)

    async def let_go(self) -> None:
        """What was held and one more, until all of it is done."""
        await self._jetstream.resume_consumer(RENDERING_ISSUE.stream, RENDERING_ISSUE.name)
        # Going on wakes nobody whose request is waiting at the broker; the next message does.
        await self.publish(1)
        await self.until_done()

    async def until_done(self) -> None:
        """Every command acknowledged, which comes after its PDF is stored and its `rendered` published."""
        give_up_at = time.monotonic() + PATIENCE_S
        while await self._left():
            if time.monotonic() > give_up_at:
                raise NotAllPrinted(f"{await self._left()} commands are not done after {PATIENCE_S:g} s")
            await asyncio.sleep(LOOK_EVERY_S)

    def sizes(self) -> list[int]:
        """Bytes of each PDF in the store."""
        return [path.stat().st_size for path in self._certificates.rglob("*.pdf")]

    def forget_pdfs(self) -> None:
        """Ten thousand of them are 3 GB."""
        self._forgotten += len(self.sizes())
        shutil.rmtree(self._certificates)

    async def _publish(self, number: int) -> None:
        await self.progression.publish(
            wrap(command_of(number, self._layout_version), SCHOOL_ID, source="/laurel/progression")
        )

    async def _left(self) -> int:
        """A work queue forgets what is acknowledged."""
        return await self._kept_by(COMMANDS)

    async def _check(self) -> None:
        """What the acknowledgements promise is there."""
        said, failed = await self._said(Rendered), await self._said(RenderingFailed)
        stored = len(self.sizes()) + self._forgotten
        if failed or not said == stored == self._published:
            aside = await self._kept_by(DEAD_LETTERS)
            raise NotAllPrinted(
                f"of {self._published} commands {said} are rendered, {failed} failed, {aside} were kept aside,"
                f" and {stored} PDFs are stored"
            )

    async def _said(self, body: type[Rendered | RenderingFailed]) -> int:
        subject = TYPE_OF[body].subject(SCHOOL_ID)
        info = await self._jetstream.stream_info(INTERNAL.name, subjects_filter=subject)
        return (info.state.subjects or {}).get(subject, 0)

    async def _kept_by(self, stream: Stream) -> int:
        return (await self._jetstream.stream_info(stream.name)).state.messages
