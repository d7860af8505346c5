"""Every query and every publish takes 200 ms longer, for a minute."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from random import Random

from contracts.permissions import SERVICES
from deploy.addresses import Addresses
from deploy.embedded.postgres import SCHEMAS
from deploy.home import Home
from tests.drills.drill import Fault, Prepare, Scene, Setting
from tests.drills.faults.proxy import CHUNK, proxy

LATER_S = 0.2
SLOW_S = 60.0
END = b""


class Line:
    """Between the services and their servers: a short one, until it is made long."""

    def __init__(self) -> None:
        self.later_s = 0.0

    async def to_server(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """In the same order, each chunk so much later than it came; the next ones are read meanwhile."""
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def read() -> None:
            try:
                while chunk := await reader.read(CHUNK):
                    under_way.put_nowait((loop.time() + self.later_s, chunk))
            finally:
                # What was said before the end arrives before the end.
                under_way.put_nowait((loop.time() + self.later_s, END))

        reading = asyncio.create_task(read())
        try:
            while (chunk := await _arrived(under_way)) != END:
                writer.write(chunk)
                await writer.drain()
            await reading
        finally:
            reading.cancel()


async def _arrived(under_way: asyncio.Queue[tuple[float, bytes]]) -> bytes:
    due, chunk = await under_way.get()
    await asyncio.sleep(due - asyncio.get_running_loop().time())
    return chunk


def slow_drill() -> tuple[Fault, Prepare]:
    """The fault, and the line that it makes long while the runs are pressed and issued."""
    line = Line()

    async def far_away(running: AsyncExitStack, home: Home, _: Random) -> Setting:
        line.later_s = 0.0
        home.folder.mkdir(parents=True, exist_ok=True)
        addresses = Addresses.of(home)
        ports = {
            name: await running.enter_async_context(proxy(addresses.ports[name], line.to_server))
            for name in ("nats", "postgres")
        }
        distant = {name: variables(addresses, name, ports) for name in SERVICES}
        return Setting(told=lambda service: distant[service])

    async def slow(scene: Scene) -> None:
        line.later_s = LATER_S
        scene.stand.say("every query and every publish takes 200 ms longer")
        await asyncio.sleep(SLOW_S)
        line.later_s = 0.0

    return slow, far_away


def variables(addresses: Addresses, service: str, ports: Mapping[str, int]) -> dict[str, str]:
    """Where a service finds its servers, when they are at other ports."""
    found = {}
    if "nats" in ports:
        found["LAUREL_NATS_URL"] = addresses.nats(service).replace(f":{addresses.ports['nats']}", f":{ports['nats']}")
    if "postgres" in ports and service in SCHEMAS:
        url = addresses.postgres(service)
        found["LAUREL_POSTGRES_URL"] = url.replace(f":{addresses.ports['postgres']}", f":{ports['postgres']}")
    return found
