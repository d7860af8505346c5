"""The connection to NATS: publish, consume, ask, answer. What becomes of a message is in `settling`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import nats.errors
from faststream.middlewares import AckPolicy
from faststream.nats import JStream, PullSub
from faststream.nats.message import NatsMessage
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from contracts.base import Body
from contracts.catalogue import JSON, PDF, QueryType, school_of
from contracts.envelope import Envelope
from contracts.permissions import inbox_of
from contracts.queries import AskPdf, QueryError
from contracts.topology import Durable, stream_of
from services.kit.connection import SteadyBroker, quiet_logger, secured, why
from services.kit.delivery import Handler, is_school_id, passes_by_itself, where_it_fails
from services.kit.lots import LotHandler, Lots
from services.kit.patience import patiently
from services.kit.settling import Settling, describe, quotes_values
from services.kit.telemetry import Metrics, get_logger

Request = TypeVar("Request", bound=Body)
Reply = TypeVar("Reply", bound=Body)

PUBLISH_TIMEOUT_S = 5.0
CONNECT_PATIENCE_S = 60.0
CONNECT_ATTEMPT_S = 3.0
PING_EVERY_S, UNANSWERED_PINGS = 5, 3
"""A line that was cut without a word is noticed within twenty seconds; left to itself the client takes minutes."""
INBOXES = "_INBOX"
ERROR = b'{"error":'
UNAVAILABLE = "unavailable"
"""The code of an answer from who is there and has no Postgres, say: as good as none, and it will be another soon."""
ROOM_FOR_HEADERS = 1000


class QueryRefused(Exception):
    """The answer to a query is that there is none: `code` for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NobodyAnswered(Exception):
    """The service that knows is not there, or too slow."""


class Bus:
    """One service's connection to the broker, and the subscriptions that it declared."""

    name = "nats"

    def __init__(self, service: str, url: str, metrics: Metrics, ca_file: Path | None = None) -> None:
        """`url`: several servers' are separated by commas. `ca_file`: whose certificates are believed for `tls://`."""
        self.service = service
        self.metrics = metrics
        # Replies of one service are no other's business: each has an inbox that only its credential may read.
        self._inbox = inbox_of(service)
        self._durables: list[Durable] = []
        self._silent_since: dict[str, float] = {}
        self._settling = Settling(service, metrics, lambda: self.jetstream, lambda: self.client.max_payload)
        self.broker = SteadyBroker(
            servers=url.split(","),
            name=f"laurel-{service}",
            inbox_prefix=self._inbox,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            connect_timeout=5,
            security=secured(url, ca_file),
            ping_interval=PING_EVERY_S,
            max_outstanding_pings=UNANSWERED_PINGS,
            apply_types=False,
            decoder=_whole_message,
            logger=quiet_logger(),
            graceful_timeout=20.0,
        )

    # --- life

    async def start(self) -> None:
        """Connected, as soon as the broker answers: it may be starting too."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + CONNECT_PATIENCE_S
        while True:
            try:
                # Left alone it would try for ever, and say nothing.
                await asyncio.wait_for(self.broker.connect(), CONNECT_ATTEMPT_S)
                return
            except (OSError, TimeoutError, nats.errors.Error) as error:
                if loop.time() > give_up_at:
                    raise
                get_logger().warning("broker_not_there_yet", error=why(error))

    async def stop(self) -> None:
        try:
            await self.broker.stop()
        except nats.errors.ConnectionReconnectingError:
            # It is away: there is nobody to say goodbye to.
            with contextlib.suppress(OSError):
                await self.client.close()

    async def ready(self) -> bool:
        return self.client.is_connected

    @property
    def client(self) -> Client:
        client = self.broker.config.connection_state.connection
        assert isinstance(client, Client)
        return client

    @property
    def jetstream(self) -> JetStreamContext:
        stream: JetStreamContext = self.broker.config.connection_state.stream
        return stream

    # --- publish

    async def publish(self, envelope: Envelope) -> int:
        """Published, and acknowledged by the stream that keeps the subject: its place there."""
        stream = stream_of(envelope.subject).name
        try:
            kept = await self.jetstream.publish(
                envelope.subject, envelope.body, headers=envelope.headers, stream=stream, timeout=PUBLISH_TIMEOUT_S
            )
        except nats.errors.TimeoutError:
            if self.client.is_connected:
                self._silent_since.setdefault(stream, time.monotonic())
            raise
        self._silent_since.pop(stream, None)
        return kept.seq

    def forget_silence(self, stream: str) -> None:
        """It is another stream now."""
        self._silent_since.pop(stream, None)

    def silent_s(self, stream: str) -> float:
        """For how long the stream has acknowledged nothing that was published to it; 0 where it did."""
        since = self._silent_since.get(stream)
        return 0.0 if since is None else time.monotonic() - since

    # --- consume

    def consume(self, durable: Durable, handler: Handler, *, workers: int = 1) -> None:
        """Give each message of the durable to `handler`, `workers` at a time; one worker keeps their order."""
        self._durables.append(durable)

        async def deliver(message: NatsMessage) -> None:
            await self._settling.settled(message.raw_message, handler)

        for _ in range(workers):
            # Subscribers of one worker each leave nothing stranded when they stop; one with many workers does.
            self.broker.subscriber(
                durable.subjects[0],
                durable=durable.name,
                stream=JStream(durable.stream, declare=False),
                pull_sub=PullSub(batch_size=1, timeout=5.0),
                ack_policy=AckPolicy.MANUAL,
                inbox_prefix=f"{self._inbox}.".encode(),
                no_reply=True,
            )(deliver)

    def lots(self, durable: Durable, handler: LotHandler, *, size: int, ordered: bool = True) -> Lots:
        """A reader that gives what waits to `handler` in its order, up to `size` at once. Whoever asks runs it."""
        return Lots(
            durable,
            handler,
            size=size,
            ordered=ordered,
            settling=self._settling,
            jetstream=lambda: self.jetstream,
        )

    @property
    def durables(self) -> tuple[Durable, ...]:
        return tuple(self._durables)

    # --- ask and answer

    async def ask(self, query: QueryType[Request, Reply], school_id: str, request: Request) -> Reply:
        """The answer. QueryRefused with the answerer's reason; NobodyAnswered when there is none in time."""
        return query.reply.model_validate_json(await self._request(query, school_id, request))

    async def ask_pdf(self, school_id: str, request: AskPdf) -> bytes:
        """The bytes of a certificate's PDF; errors as `ask`."""
        return await self.ask_bytes(PDF, school_id, request)

    async def ask_bytes(self, query: QueryType[Request, Any], school_id: str, request: Request) -> bytes:
        """The file that answers a query which is not answered with JSON; errors as `ask`."""
        return await self._request(query, school_id, request)

    async def _request(self, query: QueryType[Any, Any], school_id: str, request: Body) -> bytes:
        subject = query.subject(school_id)
        try:
            reply = await self.client.request(subject, request.json_bytes(), timeout=query.patience_s)
        except nats.errors.MaxPayloadError as error:
            told = f"The question is longer than the {self.client.max_payload:,} bytes that the broker takes."
            raise QueryRefused("too_large", f"{told} Ask for less, or raise its max_payload to 8 MB.") from error
        except nats.errors.Error as error:
            raise NobodyAnswered(f"{query.service} did not answer {query.name}") from error
        if reply.data.startswith(ERROR):
            problem = QueryError.model_validate_json(reply.data[len(ERROR) : -1])
            if problem.code == UNAVAILABLE:
                raise NobodyAnswered(problem.message)
            raise QueryRefused(problem.code, problem.message)
        return reply.data

    def answer(
        self, query: QueryType[Request, Reply], answerer: Callable[[str, Request], Awaitable[Reply | bytes]]
    ) -> None:
        """Answer a query with `answerer(school_id, request)`, which may raise QueryRefused."""

        async def reply(message: NatsMessage) -> None:
            raw = message.raw_message
            # A service may reply to whatever subject the asker names, and means an order to the broker as its own.
            if not raw.reply.startswith(INBOXES):
                get_logger().warning("asked_without_inbox", query=query.stem)
                return
            found = await self._found(query, answerer, school_of(raw.subject), raw.data)
            if len(found) > self.client.max_payload - ROOM_FOR_HEADERS:
                found = _problem("too_large", "The answer is longer than a message may be: ask for less.")
            kind = JSON if found.startswith(ERROR) else query.answers_with
            await self.client.publish(raw.reply, found, headers={"content-type": kind})

        self.broker.subscriber(f"{query.stem}.*", queue=query.service, max_workers=16, no_reply=True)(reply)

    async def _found(
        self,
        query: QueryType[Request, Reply],
        answerer: Callable[[str, Request], Awaitable[Reply | bytes]],
        school_id: str,
        question: bytes,
    ) -> bytes:
        """The answer as it travels, or why there is none."""
        try:
            request = query.request.model_validate_json(question or b"{}")
        except ValidationError as error:
            return _problem("unreadable", f"The question cannot be read: {where_it_fails(error)}.")
        if not is_school_id(school_id):
            return _problem("unreadable", "The question cannot be read: its subject names no school.")
        try:
            found = await answerer(school_id, request)
        except asyncpg.DataError:
            return _problem("unreadable", "The question cannot be read: it has a value that nothing can have.")
        except QueryRefused as refusal:
            return _problem(refusal.code, str(refusal))
        except Exception as error:
            if passes_by_itself(error):
                get_logger().warning("query_waits", query=query.stem, error=describe(error))
                return _problem(UNAVAILABLE, f"{query.service} cannot answer now; try again.")
            trace = not quotes_values(error) and error
            get_logger().error("query_failed", query=query.stem, error=describe(error), exc_info=trace)
            return _problem("internal", f"{query.service} could not answer; try again.")
        return found if isinstance(found, bytes) else found.json_bytes()


class Consumers:
    """The bus's subscriptions as a part of their own: started last, stopped first."""

    name = "consumers"

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def start(self) -> None:
        """A cluster may need a moment to agree on who leads a stream: what has not begun by then is begun again."""
        await self._topology_is_there()
        await patiently(self._bus.broker.start, CONNECT_PATIENCE_S, "subscriptions")

    async def stop(self) -> None:
        """Finish what is in hand; take nothing new."""
        await asyncio.gather(*(subscriber.stop() for subscriber in self._bus.broker.subscribers))

    async def ready(self) -> bool:
        return all(getattr(subscriber, "running", True) for subscriber in self._bus.broker.subscribers)

    async def _topology_is_there(self) -> None:
        """Wait for the durables: progression provisions them, and may be starting too."""
        for durable in self._bus.durables:
            while True:
                try:
                    await self._bus.jetstream.consumer_info(durable.stream, durable.name, timeout=2)
                    break
                except (NotFoundError, nats.errors.Error):
                    get_logger().info("waiting_for_durable", durable=durable.name)
                    await asyncio.sleep(0.3)


def _problem(code: str, message: str) -> bytes:
    return ERROR + QueryError(code=code, message=message).json_bytes() + b"}"


async def _whole_message(message: NatsMessage) -> NatsMessage:
    """Handlers get the message as it came, so that a body that cannot be read is theirs to refuse."""
    return message
