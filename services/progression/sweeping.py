"""Messages about erased children are taken out of the broker's streams, where they would lie for up to thirty days."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import nats.errors
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

from contracts.catalogue import TYPE_OF, stem_of
from contracts.certificates import Issue
from contracts.erasure import Erased
from contracts.topology import COMMANDS, DEAD_LETTERS, EVENTS, INTERNAL
from services.kit.broker import Bus
from services.progression.traces import Traces

LOT = 500
WAIT_S = 2.0
GONE_AFTER_S = 30.0
"""A reader that nobody reads with is cleared away by the broker."""

OF_A_SCHOOL = {
    EVENTS.name: [pattern.replace(">", "*.*.{}") for pattern in EVENTS.subjects],
    INTERNAL.name: [pattern.replace(">", "*.*.{}") for pattern in INTERNAL.subjects],
    DEAD_LETTERS.name: ["dead.*.*.*.*.*.{}"],
}
"""What each stream keeps about one school, as patterns."""


@dataclass(frozen=True, slots=True)
class Found:
    subject: str
    sequence: int
    body: bytes


async def sweep(bus: Bus, school_id: str, traces: Traces) -> int:
    """How many messages were taken out; the broker overwrites them on its disk.

    What is said of the erasure itself stays: it is how the school's other systems hear of it.
    """
    removed = 0
    for stream, patterns in OF_A_SCHOOL.items():
        subjects = [pattern.format(school_id) for pattern in patterns]
        removed += await _remove(bus, stream, _kept(bus, stream, subjects), traces.tells_of)
    waiting = _waiting(bus, COMMANDS.name, TYPE_OF[Issue].subject(school_id))
    return removed + await _remove(bus, COMMANDS.name, waiting, traces.tells_of)


async def _remove(bus: Bus, stream: str, messages: AsyncIterator[Found], tells: Callable[[bytes], bool]) -> int:
    removed = 0
    async for found in messages:
        if stem_of(found.subject) != TYPE_OF[Erased].stem and tells(found.body):
            try:
                await bus.jetstream.delete_msg(stream, found.sequence)
            except NotFoundError:
                continue
            removed += 1
    return removed


async def _kept(bus: Bus, stream: str, subjects: list[str]) -> AsyncIterator[Found]:
    """All that the stream has on these subjects now, by a reader of our own that acknowledges nothing."""
    config = ConsumerConfig(
        filter_subjects=subjects, ack_policy=AckPolicy.NONE, inactive_threshold=GONE_AFTER_S, mem_storage=True
    )
    reader = await bus.jetstream.pull_subscribe("", stream=stream, config=config)
    try:
        left = (await reader.consumer_info()).num_pending or 0
        while left > 0:
            try:
                lot = await reader.fetch(min(LOT, left), timeout=WAIT_S)
            except nats.errors.TimeoutError:
                return  # Others took out the rest.
            left -= len(lot)
            for message in lot:
                yield Found(message.subject, message.metadata.sequence.stream, message.data)
    finally:
        info = await reader.consumer_info()
        await reader.unsubscribe()
        await bus.jetstream.delete_consumer(stream, info.name)


async def _waiting(bus: Bus, stream: str, subject: str) -> AsyncIterator[Found]:
    """A work queue lets nobody else read: its messages are looked up one by one. Rendering leaves few of them."""
    sequence = 0
    while True:
        try:
            message = await bus.jetstream.get_msg(stream, seq=sequence + 1, subject=subject, next=True)
        except NotFoundError:
            return
        assert message.seq is not None
        sequence = message.seq
        yield Found(message.subject or subject, sequence, message.data or b"")
