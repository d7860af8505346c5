"""`python -m tests.bench.bare_pipeline`: publishes and commits, and nothing else.

It says `ready` when connected and prepared, begins when it reads a line, says `done`, and ends with its input. Its one
argument is a `Share`, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg
import nats
from nats.js import JetStreamContext

from contracts.envelope import new_id
from contracts.permissions import PROVISIONER, inbox_of

AT_ONCE = 50
"""Messages on their way to the broker: as many as a renderer has in hand."""
CONNECTIONS = 8
"""To Postgres: as many as portal and notification have workers."""
PUBLISH_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several processes does."""

    nats_url: str
    postgres_url: str
    subjects: dict[str, int]
    """How many messages, by subject."""
    message_bytes: int
    commits: int
    rows: int
    """In all of the commits together, spread evenly."""

    def argument(self) -> str:
        return json.dumps(asdict(self))


async def run(share: Share) -> None:
    client = await nats.connect(share.nats_url, inbox_prefix=inbox_of(PROVISIONER).encode())
    pool = await asyncpg.create_pool(share.postgres_url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    messages = iter([(subject, _headers()) for subject, count in share.subjects.items() for _ in range(count)])
    sizes = iter(spread(share.rows, share.commits))
    body = b"x" * max(0, share.message_bytes - len(json.dumps(_headers())))
    try:
        _say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        async with asyncio.TaskGroup() as working:
            for _ in range(AT_ONCE):
                working.create_task(_publish(client.jetstream(), messages, body))
            for _ in range(CONNECTIONS):
                working.create_task(_commit(pool, sizes, body))
        _say("done")
        await asyncio.to_thread(sys.stdin.readline)
    finally:
        await pool.close()
        await client.close()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def spread(rows: int, commits: int) -> list[int]:
    """How many rows each of the commits writes, as even as can be."""
    return [rows * (number + 1) // commits - rows * number // commits for number in range(commits)]


async def _publish(jetstream: JetStreamContext, messages: Iterator[tuple[str, dict[str, str]]], body: bytes) -> None:
    for subject, headers in messages:
        await jetstream.publish(subject, body, headers=headers, timeout=PUBLISH_TIMEOUT_S)


async def _commit(pool: asyncpg.Pool[Any], sizes: Iterator[int], body: bytes) -> None:
    async with pool.acquire() as connection:
        for size in sizes:
            async with connection.transaction():
                await connection.execute(
                    "INSERT INTO bench.bare (body) SELECT * FROM unnest($1::bytea[])", [body] * max(1, size)
                )


def _headers() -> dict[str, str]:
    """As large as an envelope's are."""
    identity = new_id()
    return {
        "Nats-Msg-Id": identity,
        "ce-id": identity,
        "ce-specversion": "1.0",
        "ce-source": "/laurel/progression",
        "ce-type": "school.laurel.certificates.issued.v1",
        "ce-time": "2026-11-26T12:00:00.000000Z",
        "content-type": "application/json",
        "traceparent": f"00-{identity.replace('-', '')}-{identity.replace('-', '')[:16]}-01",
    }


if __name__ == "__main__":
    asyncio.run(run(Share(**json.loads(sys.argv[1]))))
