"""What becomes of a message: done, tried again later, handed back, or kept aside as a dead letter.

FastStream's own policies discard a message on its first exception or redeliver it in a hot loop, so
acknowledging is manual and this middleware does all of it, for every handler of every service.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import asyncpg
import nats.errors
from faststream import BaseMiddleware
from faststream.nats.message import NatsMessage
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from obstore.exceptions import BaseError as ArtefactStoreError
from pydantic import ValidationError

from contracts.base import Body
from contracts.catalogue import school_of, stem_of
from contracts.envelope import MESSAGE_ID, continued, identity_of
from contracts.topology import DEAD_LETTERS
from services.kit.telemetry import Metrics, current_traceparent, get_logger

Model = TypeVar("Model", bound=Body)

ATTEMPTS = 5
"""How often a message is tried that fails for a reason which is not known to pass by itself."""

HEARTBEAT_S = 10.0
"""A third of the durables' `ack_wait_s`."""

LONGEST_DELAY_S = 30.0


class Permanent(Exception):
    """Trying again cannot help: the message goes to the dead letters, with this reason."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it arrived."""

    subject: str
    headers: Mapping[str, str]
    body: bytes
    stream: str
    sequence: int
    deliveries: int

    @classmethod
    def of(cls, message: Msg) -> Incoming:
        where = message.metadata
        return cls(
            subject=message.subject,
            headers=message.headers or {},
            body=message.data,
            stream=where.stream,
            sequence=where.sequence.stream,
            deliveries=where.num_delivered or 1,
        )

    @property
    def school_id(self) -> str:
        return school_of(self.subject)

    @property
    def stem(self) -> str:
        return stem_of(self.subject)

    @property
    def id(self) -> str:
        """The message's identity; a bare publisher's message without one is known by its place in the stream."""
        return identity_of(self.headers, otherwise=f"{self.stream}-{self.sequence}")

    def read(self, model: type[Model]) -> Model:
        """The body; Permanent where it cannot be read, in words that repeat nothing of it."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(step) for step in first["loc"]) or "the body"
            # The cause would carry the body's values, a name or a family's link, into the log.
            raise Permanent(f"cannot be read: {where}: {first['msg']}") from None


Handler: TypeAlias = Callable[[Incoming], Awaitable[None]]


def passes_by_itself(error: BaseException) -> bool:
    """Postgres, the broker or the artefact store is away, busy or slow: waiting is the cure."""
    return isinstance(
        error,
        (
            OSError,
            TimeoutError,
            nats.errors.Error,
            ArtefactStoreError,
            asyncpg.PostgresConnectionError,
            asyncpg.CannotConnectNowError,
            asyncpg.AdminShutdownError,
            asyncpg.CrashShutdownError,
            asyncpg.TooManyConnectionsError,
            asyncpg.DeadlockDetectedError,
            asyncpg.SerializationError,
            asyncpg.InterfaceError,
            Transient,
        ),
    )


class Transient(Exception):
    """Something that this message needs is not there yet; it will be."""


def delay_before(delivery: int) -> float:
    """Seconds to wait before the delivery after this one: 0.5, 1, 2, 4 … 30."""
    return min(LONGEST_DELAY_S, 0.5 * 2.0 ** min(delivery - 1, 10))


class Delivery(BaseMiddleware[Any, Any]):
    """The acknowledgement rules, around every JetStream handler of a bus."""

    def __init__(
        self,
        message: Any,
        /,
        *,
        context: Any,
        service: str,
        metrics: Metrics,
        jetstream: Callable[[], JetStreamContext],
    ) -> None:
        super().__init__(message, context=context)
        self._service = service
        self._metrics = metrics
        self._jetstream = jetstream

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> Any:
        if not isinstance(msg, NatsMessage) or not msg.raw_message.reply.startswith("$JS.ACK."):
            return await call_next(msg)
        durable = msg.raw_message.metadata.consumer
        current_traceparent.set(continued(msg.headers.get("traceparent")))
        started = time.perf_counter()
        try:
            async with _heartbeat(msg):
                await call_next(msg)
            await msg.ack_sync()
            outcome = "done"
        except asyncio.CancelledError:
            await asyncio.shield(msg.nack())
            self._count(durable, "handed_back", started)
            raise
        except Exception as error:
            outcome = await self._failed(msg, durable, error)
        self._count(durable, outcome, started)
        return None

    async def _failed(self, msg: NatsMessage, durable: str, error: Exception) -> str:
        deliveries = msg.raw_message.metadata.num_delivered or 1
        for_ever = isinstance(error, Permanent) or (deliveries >= ATTEMPTS and not passes_by_itself(error))
        log = get_logger().bind(durable=durable, subject=msg.raw_message.subject, deliveries=deliveries)
        if not for_ever:
            log.warning("message_retried", error=_describe(error))
            await msg.nack(delay=delay_before(deliveries))
            return "retried"
        try:
            await self._keep_aside(msg, durable, error)
        except (OSError, nats.errors.Error) as unkept:
            log.warning("dead_letter_not_kept_yet", error=_describe(unkept))
            await msg.nack(delay=delay_before(deliveries))
            return "retried"
        log.error("message_dead_lettered", error=_describe(error), exc_info=not isinstance(error, Permanent) and error)
        await msg.reject()
        return "dead_lettered"

    async def _keep_aside(self, msg: NatsMessage, durable: str, error: Exception) -> None:
        """Keep the message as it came, with where it failed and why, so that it can be sent again."""
        where = msg.raw_message.metadata
        await self._jetstream().publish(
            f"dead.{self._service}.{msg.raw_message.subject}",
            msg.raw_message.data,
            headers={
                **(msg.raw_message.headers or {}),
                MESSAGE_ID: f"dead-{durable}-{where.stream}-{where.sequence.stream}",
                "Laurel-Durable": durable,
                "Laurel-Subject": msg.raw_message.subject,
                "Laurel-Reason": _describe(error),
                "Laurel-Message-Id": identity_of(msg.headers, otherwise=f"{where.stream}-{where.sequence.stream}"),
            },
            stream=DEAD_LETTERS.name,
            timeout=5.0,
        )

    def _count(self, durable: str, outcome: str, started: float) -> None:
        self._metrics.handled.labels(durable, outcome).inc()
        self._metrics.handling_seconds.labels(durable).observe(time.perf_counter() - started)


def _describe(error: BaseException) -> str:
    """One line that may stand in a header."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


@contextlib.asynccontextmanager
async def _heartbeat(msg: NatsMessage) -> AsyncIterator[None]:
    """Tell the broker that the message is still being worked on, as long as it is."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await msg.in_progress()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
