"""What becomes of a message: done, tried again later, handed back, or kept aside as a dead letter.

FastStream's own policies discard a message on its first exception or redeliver it in a hot loop, so
acknowledging is manual, and is done here for every handler of every service.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import nats.errors
from faststream import BaseMiddleware
from faststream.nats.message import NatsMessage
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from contracts.envelope import MESSAGE_ID, continued, identity_of
from contracts.topology import DEAD_LETTERS, DURABLES
from services.kit.delivery import ATTEMPTS, Incoming, Permanent, delay_before, passes_by_itself
from services.kit.telemetry import Metrics, current_traceparent, get_logger

HEARTBEATS_S = {durable.name: durable.ack_wait_s / 3 for durable in DURABLES}
"""How often the broker is told that a message is still in hand."""
HEARTBEAT_S = 10.0

KEEP_TIMEOUT_S = 5.0


class Settling:
    """The acknowledgement rules of one service."""

    def __init__(self, service: str, metrics: Metrics, jetstream: Callable[[], JetStreamContext]) -> None:
        self._service = service
        self._metrics = metrics
        self._jetstream = jetstream

    def done(self, msg: Msg, started: float) -> None:
        self._count(msg, "done", started)

    async def hand_back(self, msg: Msg, started: float) -> None:
        """Somebody else may take it at once."""
        await msg.nak()
        self._count(msg, "handed_back", started)

    async def failed(self, msg: Msg, error: Exception, started: float) -> None:
        """Back to the broker for a while, or kept aside for good."""
        deliveries = msg.metadata.num_delivered or 1
        if not is_for_ever(error, deliveries):
            await self._retry(msg, error, deliveries, started)
        elif await self.kept_aside(msg, error, started):
            return
        else:
            await self._retry(msg, error, deliveries, started)

    async def kept_aside(self, msg: Msg, error: Exception, started: float) -> bool:
        """Whether it is among the dead letters now, and nowhere else."""
        log = self._log(msg)
        try:
            await self._keep_aside(msg, error)
        except (OSError, nats.errors.Error) as unkept:
            log.warning("dead_letter_not_kept_yet", error=describe(unkept))
            return False
        log.error("message_dead_lettered", error=describe(error), exc_info=not isinstance(error, Permanent) and error)
        await msg.term()
        self._count(msg, "dead_lettered", started)
        return True

    async def _retry(self, msg: Msg, error: Exception, deliveries: int, started: float) -> None:
        self._log(msg).warning("message_retried", error=describe(error), deliveries=deliveries)
        await msg.nak(delay=delay_before(deliveries))
        self._count(msg, "retried", started)

    async def _keep_aside(self, msg: Msg, error: Exception) -> None:
        """Keep the message as it came, with where it failed and why, so that it can be sent again."""
        arrived = Incoming.of(msg)
        durable = msg.metadata.consumer
        place = f"{arrived.stream}-{arrived.sequence}-{arrived.kept_at.timestamp():.6f}"
        await self._jetstream().publish(
            f"dead.{self._service}.{arrived.subject}",
            arrived.body,
            headers={
                **arrived.headers,
                MESSAGE_ID: f"dead-{durable}-{place}",
                "Laurel-Durable": durable,
                "Laurel-Subject": arrived.subject,
                "Laurel-Reason": describe(error),
                "Laurel-Message-Id": identity_of(arrived.headers, otherwise=place),
            },
            stream=DEAD_LETTERS.name,
            timeout=KEEP_TIMEOUT_S,
        )

    def _log(self, msg: Msg) -> Any:
        return get_logger().bind(durable=msg.metadata.consumer, subject=msg.subject)

    def _count(self, msg: Msg, outcome: str, started: float) -> None:
        durable = msg.metadata.consumer
        self._metrics.handled.labels(durable, outcome).inc()
        self._metrics.handling_seconds.labels(durable).observe(time.perf_counter() - started)


class SettlingMiddleware(BaseMiddleware[Any, Any]):
    """The rules around every handler that FastStream calls with one JetStream message."""

    def __init__(self, message: Any, /, *, context: Any, settling: Settling) -> None:
        super().__init__(message, context=context)
        self._settling = settling

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> Any:
        if not isinstance(msg, NatsMessage) or not msg.raw_message.reply.startswith("$JS.ACK."):
            return await call_next(msg)
        raw: Msg = msg.raw_message
        current_traceparent.set(continued((raw.headers or {}).get("traceparent")))
        started = time.perf_counter()
        try:
            async with still_in_hand([raw]):
                await call_next(msg)
            await raw.ack_sync()
            self._settling.done(raw, started)
        except asyncio.CancelledError:
            await asyncio.shield(self._settling.hand_back(raw, started))
            raise
        except Exception as error:
            await self._settling.failed(raw, error, started)
        return None


def is_for_ever(error: Exception, attempts: int) -> bool:
    """No retry will cure it, or enough of them did not."""
    return isinstance(error, Permanent) or (attempts >= ATTEMPTS and not passes_by_itself(error))


def describe(error: BaseException) -> str:
    """One line that may stand in a header."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


@contextlib.asynccontextmanager
async def still_in_hand(messages: Sequence[Msg]) -> AsyncIterator[None]:
    """Tell the broker that the messages are still being worked on, as long as they are."""

    async def beat() -> None:
        pause = HEARTBEATS_S.get(messages[0].metadata.consumer, HEARTBEAT_S)
        while True:
            await asyncio.sleep(pause)
            # Away for a moment, it hears the next one; for long, it gives them to another, who finds them done.
            with contextlib.suppress(OSError, nats.errors.Error):
                for message in messages:
                    await message.in_progress()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
