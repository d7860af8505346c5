"""How hostile messages have to end: as a refusal, or as a dead letter of everybody who reads them."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.catalogue import MessageType
from contracts.topology import Durable
from tests.service.hostile_messages import readers_of
from tests.service.hostile_wire import Hostile, hostile
from tests.service.hostile_world import World


async def are_refused_or_kept_aside(world: World, spoilt: Iterable[tuple[MessageType, bytes]]) -> None:
    messages = [hostile(body.decode()[:300], message.stem, body) for message, body in spoilt]
    assert await world.says(messages) == messages
    await world.become(
        named(messages), lambda each: each.id in world.heard.refused or is_kept_aside(world, each), "refused or kept"
    )


def named(messages: Iterable[Hostile]) -> dict[Hostile, str]:
    return {message: message.name for message in messages}


async def all_are_kept_aside(world: World, messages: Iterable[Hostile], *, but: Durable | None = None) -> None:
    """Once by everybody who reads them; `but`: who can make something of them."""
    await world.become(named(messages), lambda message: is_kept_aside(world, message, but), "kept aside")


def is_kept_aside(world: World, message: Hostile, but: Durable | None = None) -> bool:
    if not message.id:
        return message.body in world.heard.bodies
    readers = [durable for durable in readers_of(message.subject.decode()) if durable is not but]
    return world.heard.dead[message.id] == {durable.name: 1 for durable in readers}


async def all_are_refused(world: World, messages: Iterable[Hostile]) -> None:
    await world.become(named(messages), lambda message: message.id in world.heard.refused, "refused")
