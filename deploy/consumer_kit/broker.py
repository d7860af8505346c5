"""A throw-away broker with one school's reader, and somebody who sees everything that goes over it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.catalogue import SCHOOL
from contracts.permissions import SERVICES, inbox_of
from contracts.topology import Reader, readers_of
from deploy.consumer_kit.golden import Golden
from deploy.embedded.nats import NatsServer
from deploy.embedded.process import free_port
from services.kit.provision import provide, provision

SCHOOL_ID = "kauri-coast"
WATCHER = "watcher"
REDELIVERED_AFTER_S = 5.0
"""Shorter than a school's own: who waits for a verdict waits for this."""
ACKNOWLEDGED = ("", "+ACK", "+NXT")
THROWN_AWAY = "+TERM"


class OpenNats(NatsServer):
    """The embedded broker with its users and their rights, and one user more who may do everything."""

    def __init__(self, home: Path) -> None:
        passwords = {user: secrets.token_urlsafe(12) for user in (*SERVICES, SCHOOL, WATCHER)}
        super().__init__(home, free_port(), passwords, SCHOOL_ID)

    def users(self) -> list[dict[str, object]]:
        return [*super().users(), {"user": WATCHER, "password": self._passwords[WATCHER]}]


@dataclass
class Sent:
    golden: Golden
    deliveries: int = 0
    acknowledged: bool = False
    thrown_away: bool = False

    @property
    def is_taken(self) -> bool:
        return self.acknowledged and not self.thrown_away


class Wire:
    """What was sent to the reader, and what it answered to each."""

    def __init__(self, client: Client, reader: Reader, url: str) -> None:
        self._client = client
        self._reader = reader
        self.url = url
        """With the school's own credential: what the reader is given."""
        self.sent: dict[int, Sent] = {}
        """By their place in the stream."""

    async def send(self, golden: Golden) -> None:
        kept = await self._client.jetstream().publish(
            golden.subject(SCHOOL_ID), golden.payload, headers=golden.headers, stream=self._reader.stream
        )
        self.sent[kept.seq] = Sent(golden)

    @property
    def how_to_read(self) -> str:
        inbox = inbox_of(SCHOOL, SCHOOL_ID)
        return f"it reads the consumer {self._reader.name} of {self._reader.stream}, with the inbox prefix {inbox}"

    @property
    def is_answered(self) -> bool:
        return all(sent.acknowledged or sent.thrown_away for sent in self.sent.values())

    async def watch(self) -> None:
        await self._client.subscribe(f"$JS.ACK.{self._reader.stream}.{self._reader.name}.>", cb=self._answered)
        await self._client.flush()

    async def _answered(self, answer: Msg) -> None:
        """`$JS.ACK.<stream>.<consumer>.<deliveries>.<place in the stream>.…`, the verdict in the body."""
        deliveries, place = answer.subject.split(".")[4:6]
        sent = self.sent.get(int(place))
        if sent is None:
            return
        verdict = answer.data.decode(errors="replace").split(" ")[0]
        sent.deliveries = max(sent.deliveries, int(deliveries))
        sent.acknowledged |= verdict in ACKNOWLEDGED
        sent.thrown_away |= verdict == THROWN_AWAY


@asynccontextmanager
async def wire(home: Path) -> AsyncIterator[Wire]:
    server = OpenNats(home)
    server.start()
    try:
        client = await nats.connect(server.url(WATCHER))
        try:
            await provision(client.jetstream())
            [reader] = readers_of(SCHOOL_ID)
            reader = replace(reader, ack_wait_s=REDELIVERED_AFTER_S)
            await provide(client.jetstream(), [reader])
            found = Wire(client, reader, server.url(SCHOOL))
            await found.watch()
            yield found
        finally:
            await client.close()
    finally:
        server.stop()
