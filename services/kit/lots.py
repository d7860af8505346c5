"""Messages taken by the lot and in their order: what waits is handled together, in one transaction.

A lone message is handled at once; the more wait, the more are taken together. Nothing overtakes: a
message that cannot be handled yet is tried again where it stands, instead of being given back and
read after its successors. The broker writes down every acknowledgement, which takes it as long as
handling takes us: the next lot is handled meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from contracts.topology import Durable
from services.kit.delivery import Incoming, delay_before, passes_by_itself
from services.kit.settling import Settling, describe, is_for_ever, still_in_hand, traceparent_of
from services.kit.telemetry import get_logger
from services.kit.tracing import span

LotHandler: TypeAlias = Callable[[Sequence[Incoming]], Awaitable[None]]
"""All of it, or (an exception) nothing of it."""

WAIT_S = 5.0
REST_OF_THE_LOT_S = 0.2
PAUSE_S = 0.5


class Lots:
    """One reader of one durable. `run` reads until it is cancelled; what is in hand then is handed back."""

    def __init__(
        self,
        durable: Durable,
        handler: LotHandler,
        *,
        size: int,
        ordered: bool,
        settling: Settling,
        jetstream: Callable[[], JetStreamContext],
    ) -> None:
        """`ordered`: nothing is read before what another reader had in hand when it was killed."""
        self._ordered = ordered
        self._durable = durable
        self._handler = handler
        self._size = size
        self._settling = settling
        self._jetstream = jetstream
        self._acknowledging: asyncio.Task[None] | None = None
        """The lot before the one in hand: it is done, and the broker is being told."""

    async def run(self) -> None:
        while True:
            try:
                await self._read()
            except (OSError, TimeoutError, nats.errors.Error) as error:
                # The durable may have gone with its stream: progression makes both anew.
                get_logger().warning("reader_waits", durable=self._durable.name, error=describe(error))
                await asyncio.sleep(PAUSE_S)

    async def _read(self) -> None:
        if self._ordered:
            await self._what_another_had_in_hand_is_back()
        subscription = await self._jetstream().pull_subscribe_bind(self._durable.name, self._durable.stream)
        try:
            while True:
                lot = await self._next_lot(subscription)
                if lot:
                    await self._handle(lot)
        finally:
            await self._leave(subscription)

    async def _leave(self, subscription: JetStreamContext.PullSubscription) -> None:
        """Whatever the broker has to say about it: nobody who is told to stop goes on because of that."""
        for farewell in (self._acknowledged, subscription.unsubscribe):
            with contextlib.suppress(OSError, TimeoutError, nats.errors.Error):
                await farewell()

    async def _what_another_had_in_hand_is_back(self) -> None:
        """Messages of a reader that was killed come back after `ack_wait`: nothing is read before them."""
        give_up_at = time.monotonic() + self._durable.ack_wait_s
        while time.monotonic() < give_up_at:
            info = await self._jetstream().consumer_info(self._durable.stream, self._durable.name)
            if not info.num_ack_pending:
                return
            await asyncio.sleep(PAUSE_S)

    async def _next_lot(self, subscription: JetStreamContext.PullSubscription) -> list[Msg]:
        """What waits, oldest first, `size` at most; empty when nothing came for a while."""
        try:
            lot = await subscription.fetch(1, timeout=WAIT_S)
        except TimeoutError:
            return []
        more = min(self._size - 1, lot[0].metadata.num_pending)
        if more > 0:
            lot += await self._rest(subscription, more)
        return lot

    async def _rest(self, subscription: JetStreamContext.PullSubscription, more: int) -> list[Msg]:
        try:
            return await subscription.fetch(more, timeout=REST_OF_THE_LOT_S)
        except TimeoutError:
            return []

    async def _handle(self, lot: list[Msg]) -> None:
        started = time.perf_counter()
        try:
            async with still_in_hand(lot):
                await self._all_or_one_by_one(lot, started)
        except asyncio.CancelledError:
            for msg in lot:
                if not msg.is_acked:
                    await asyncio.shield(self._settling.hand_back(msg, started))
            raise

    async def _all_or_one_by_one(self, lot: list[Msg], started: float) -> None:
        try:
            await self._give(lot)
        except Exception as error:
            if len(lot) > 1 and not passes_by_itself(error):
                get_logger().warning("lot_taken_apart", durable=self._durable.name, error=describe(error))
            for msg in lot:
                await self._until_settled(msg, started)
        else:
            await self._acknowledged()
            self._acknowledging = asyncio.create_task(self._acknowledge(lot, started))

    async def _acknowledged(self) -> None:
        """What was done before is acknowledged; if it could not be, it comes again, and is known."""
        if self._acknowledging is not None:
            acknowledging, self._acknowledging = self._acknowledging, None
            await acknowledging

    async def _until_settled(self, msg: Msg, started: float) -> None:
        """Tried where it stands, until it is done or kept aside."""
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._give([msg])
                break
            except Exception as error:
                if is_for_ever(error, attempt) and await self._settling.kept_aside(msg, error, started):
                    return
                log = get_logger().bind(durable=self._durable.name, subject=msg.subject)
                log.warning("message_retried", error=describe(error), attempt=attempt)
                await asyncio.sleep(delay_before(attempt))
        await self._acknowledge([msg], started)

    async def _give(self, lot: Sequence[Msg]) -> None:
        first, *more = map(traceparent_of, lot)
        with span(self._durable.name, "CONSUMER", after=first, also=more, messages=len(lot)):
            await self._handler([Incoming.of(msg) for msg in lot])

    async def _acknowledge(self, lot: Sequence[Msg], started: float) -> None:
        """The last one's answer tells that the broker has read those before it."""
        for msg in lot[:-1]:
            await msg.ack()
        await lot[-1].ack_sync()
        for msg in lot:
            self._settling.done(msg, started)


class Readers:
    """Readers of lots as a part of a service: stopped before what they write to."""

    name = "readers"

    def __init__(self, *lots: Lots) -> None:
        self._lots = lots
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(lots.run()) for lots in self._lots]

    async def stop(self) -> None:
        """What is in hand is handed back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ready(self) -> bool:
        return bool(self._tasks) and not any(task.done() for task in self._tasks)
