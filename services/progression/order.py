"""Certificates do not wait behind marks, and yet are issued to whom the school has told of before."""

from __future__ import annotations

import asyncio

from nats.js.errors import NotFoundError

from contracts.topology import PROGRESSION_COMMANDS
from services.kit.broker import Bus
from services.kit.delivery import Incoming

LOOK_AGAIN_S = 0.05


async def roster_before_is_read(bus: Bus, incoming: Incoming) -> None:
    """Return when every roster command that the school sent before this one has been acted on."""
    while True:
        if not await _is_behind(bus, incoming):
            return
        await asyncio.sleep(LOOK_AGAIN_S)


async def _is_behind(bus: Bus, incoming: Incoming) -> bool:
    stream = PROGRESSION_COMMANDS.stream
    info = await bus.jetstream.consumer_info(stream, PROGRESSION_COMMANDS.name)
    if not info.num_pending and not info.num_ack_pending:
        return False
    done = info.ack_floor.stream_seq if info.ack_floor else 0
    subject = f"roster.cmd.*.v1.{incoming.school_id}"
    try:
        oldest = await bus.jetstream.get_msg(stream, seq=done + 1, subject=subject, next=True)
    except NotFoundError:
        return False
    return oldest.seq is not None and oldest.seq < incoming.sequence
