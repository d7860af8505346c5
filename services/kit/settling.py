"""What becomes of a message: done, tried again later, handed back, or kept aside as a dead letter.

FastStream's own policies discard a message on its first exception or redeliver it in a hot loop, so
acknowledging is manual, and is done here for every handler of every service.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import asyncpg
import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pydantic import ValidationError

from contracts.topology import DEAD_LETTERS, DURABLES
from services.kit.dead_letters import dead_letter
from services.kit.delivery import (
    ATTEMPTS,
    Handler,
    Incoming,
    Permanent,
    delay_before,
    passes_by_itself,
    where_it_fails,
)
from services.kit.telemetry import Metrics, get_logger
from services.kit.tracing import span

HEARTBEATS_S = {durable.name: durable.ack_wait_s / 3 for durable in DURABLES}
"""How often the broker is told that a message is still in hand."""
HEARTBEAT_S = 10.0

KEEP_TIMEOUT_S = 5.0


class Settling:
    """The acknowledgement rules of one service."""

    def __init__(
        self,
        service: str,
        metrics: Metrics,
        jetstream: Callable[[], JetStreamContext],
        max_payload: Callable[[], int],
    ) -> None:
        """`max_payload`: bytes of headers and body that the broker takes in one message."""
        self._service = service
        self._metrics = metrics
        self._jetstream = jetstream
        self._max_payload = max_payload

    async def settled(self, msg: Msg, handler: Handler) -> None:
        """The rules around a handler of one message."""
        started = time.perf_counter()
        try:
            with span(msg.metadata.consumer, "CONSUMER", after=traceparent_of(msg)):
                async with still_in_hand([msg]):
                    await handler(Incoming.of(msg))
            await msg.ack_sync()
            self.done(msg, started)
        except asyncio.CancelledError:
            await asyncio.shield(self.hand_back(msg, started))
            raise
        except Exception as error:
            await self.failed(msg, error, started)

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
            letter = dead_letter(
                Incoming.of(msg), self._service, msg.metadata.consumer, describe(error), self._max_payload()
            )
            await self._jetstream().publish(
                letter.subject, letter.body, headers=letter.headers, stream=DEAD_LETTERS.name, timeout=KEEP_TIMEOUT_S
            )
        except Exception as unkept:
            log.warning("dead_letter_not_kept_yet", error=describe(unkept))
            return False
        log.error("message_dead_lettered", error=describe(error), exc_info=not quotes_values(error) and error)
        await msg.term()
        self._count(msg, "dead_lettered", started)
        return True

    async def _retry(self, msg: Msg, error: Exception, deliveries: int, started: float) -> None:
        self._log(msg).warning("message_retried", error=describe(error), deliveries=deliveries)
        await msg.nak(delay=delay_before(deliveries))
        self._count(msg, "retried", started)

    def _log(self, msg: Msg) -> Any:
        return get_logger().bind(durable=msg.metadata.consumer, subject=msg.subject)

    def _count(self, msg: Msg, outcome: str, started: float) -> None:
        durable = msg.metadata.consumer
        self._metrics.handled.labels(durable, outcome).inc()
        self._metrics.handling_seconds.labels(durable).observe(time.perf_counter() - started)


def traceparent_of(msg: Msg) -> str | None:
    return (msg.headers or {}).get("traceparent")


def is_for_ever(error: Exception, attempts: int) -> bool:
    """No retry will cure it, or enough of them did not."""
    return isinstance(error, (Permanent, asyncpg.DataError)) or (attempts >= ATTEMPTS and not passes_by_itself(error))


def quotes_values(error: Exception) -> bool:
    """Its own words may quote values, which may be names."""
    return isinstance(error, (Permanent, ValidationError, asyncpg.PostgresError))


def _told(error: BaseException) -> str:
    if isinstance(error, asyncpg.PostgresError):
        return " ".join(filter(None, (error.sqlstate, error.constraint_name)))
    if isinstance(error, ValidationError):
        return where_it_fails(error)
    return str(error)


def describe(error: BaseException) -> str:
    """One line that may stand in a header and in a log, and quotes no values. Permanent's own words are for people."""
    told = _told(error) if isinstance(error, Permanent) else f"{type(error).__name__}: {_told(error)}"
    line = " ".join(told.split())
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in line)[:500]


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
