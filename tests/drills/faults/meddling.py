"""Messages that are stored twice, or in another order than they were said in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from contracts.envelope import MESSAGE_ID
from contracts.permissions import SERVICES
from contracts.topology import STREAMS
from deploy.addresses import Addresses
from deploy.home import Home
from tests.drills.drill import Setting
from tests.drills.faults.proxy import Pump, proxy
from tests.drills.faults.slow import variables

KEPT = tuple(subject.removesuffix(">") for stream in STREAMS for subject in stream.subjects)
"""How subjects begin that a stream keeps."""
EVENT = ".evt."
LONGEST_DELAY_S = 1.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client says to the broker: a line, and the bytes that follow it if it publishes something."""

    line: bytes
    payload: bytes = b""

    @property
    def words(self) -> list[bytes]:
        return self.line.split()

    @property
    def is_kept(self) -> bool:
        return self.words[0].upper() == b"HPUB" and self.subject.startswith(KEPT)

    @property
    def subject(self) -> str:
        return self.words[1].decode()

    @property
    def bytes(self) -> bytes:
        return self.line + self.payload

    def as_another(self) -> Sent:
        """The same message under another `Nats-Msg-Id`, which nobody waits for: the broker keeps both."""
        head, total = int(self.words[-2]), int(self.words[-1])
        headers, body = self.payload[:head], self.payload[head:]
        mark = f"{MESSAGE_ID}: ".encode()
        lines = [line + b"-again" if line.startswith(mark) else line for line in headers.split(b"\r\n")]
        again = b"\r\n".join(lines)
        longer = len(again) - head
        line = b" ".join([b"HPUB", self.words[1], str(head + longer).encode(), str(total + longer).encode()])
        return Sent(line + b"\r\n", again + body)


async def said(reader: asyncio.StreamReader) -> AsyncIterator[Sent]:
    """Message by message, until the connection ends."""
    while line := await reader.readline():
        words = line.split()
        if words and words[0].upper() in (b"PUB", b"HPUB"):
            yield Sent(line, await reader.readexactly(int(words[-1]) + 2))
        else:
            yield Sent(line)


async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Each message that a stream keeps is kept twice."""
    async for one in said(reader):
        writer.write(one.bytes)
        if one.is_kept and MESSAGE_ID.encode() in one.payload:
            writer.write(one.as_another().bytes)
        await writer.drain()


def shuffled(chance: Random) -> Pump:
    """Events are held for up to a second each, and so are stored in another order than they were said in."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held: set[asyncio.Task[None]] = set()
        try:
            async for one in said(reader):
                if one.is_kept and EVENT in one.subject:
                    task = asyncio.create_task(_later(writer, one.bytes, chance.uniform(0, LONGEST_DELAY_S)))
                    held.add(task)
                    task.add_done_callback(held.discard)
                else:
                    writer.write(one.bytes)
                    await writer.drain()
        finally:
            for task in held:
                task.cancel()

    return pump


async def _later(writer: asyncio.StreamWriter, content: bytes, delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    writer.write(content)
    await writer.drain()


Prepare = Callable[[AsyncExitStack, Home, Random], Coroutine[None, None, Setting]]


def meddled_with(make: Callable[[Random], Pump]) -> Prepare:
    """The services, and the school, reach the broker through this pump."""

    async def prepare(running: AsyncExitStack, home: Home, chance: Random) -> Setting:
        home.folder.mkdir(parents=True, exist_ok=True)
        addresses = Addresses.of(home)
        port = await running.enter_async_context(proxy(addresses.ports["nats"], make(chance)))
        told = {name: variables(addresses, name, {"nats": port}) for name in SERVICES}
        school_url = addresses.endpoints.nats.replace(f":{addresses.ports['nats']}", f":{port}")
        return Setting(told=lambda service: told[service], nats_url=school_url)

    return prepare


everything_twice = meddled_with(lambda _: twice)
events_shuffled = meddled_with(shuffled)
