"""Is everything over? Looked at from inside, because from outside nothing tells “not yet” from “never”."""

from __future__ import annotations

import asyncio
import time

import asyncpg

from tests.drills.stand import Stand

LOOK_EVERY_S = 0.25

UNFINISHED = """
SELECT
    (SELECT count(*) FROM progression.certificate) AS certificates,
    (SELECT count(*) FROM progression.certificate_version WHERE state = 'issuing') AS issuing,
    (
        SELECT count(*) FROM progression.certificate_version
        WHERE state IN ('issued', 'replaced', 'withdrawn') AND known_as IS DISTINCT FROM state
    ) AS not_known,
    (SELECT count(*) FROM notification.mail WHERE state IN ('queued', 'sending')) AS mails,
    (SELECT count(*) FROM progression.outbox) + (SELECT count(*) FROM portal.outbox)
        + (SELECT count(*) FROM notification.outbox) AS outbox
"""


class NotQuiet(Exception):
    """Something was still going on when the bound was reached; the text says what."""


async def until_quiet(stand: Stand, certificates: int, within: float) -> float:
    """How long it took, in seconds. NotQuiet after `within` of them."""
    started = time.monotonic()
    rest: dict[str, int] = {}
    while time.monotonic() - started < within:
        found = await _unfinished(stand)
        if found is not None:
            rest = found
            if rest["certificates"] >= certificates and not any(
                count for name, count in rest.items() if name != "certificates"
            ):
                return time.monotonic() - started
        await asyncio.sleep(LOOK_EVERY_S)
    raise NotQuiet(f"not quiet within {within:g} s: {rest}")


async def _unfinished(stand: Stand) -> dict[str, int] | None:
    """None while Postgres is away."""
    try:
        connection = await asyncpg.connect(stand.addresses.postgres(), timeout=3)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return None
    try:
        return dict(await connection.fetchrow(UNFINISHED, timeout=5) or {})
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None
    finally:
        await connection.close(timeout=3)
