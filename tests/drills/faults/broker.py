"""The broker dies, or loses its disk."""

from __future__ import annotations

from tests.drills.drill import Scene


async def broker_restart(scene: Scene) -> None:
    """NATS is killed and started again."""
    await scene.stand.a_while(0.5, 4)
    scene.stand.kill("NATS")


async def broker_wiped(scene: Scene) -> None:
    """NATS is killed, and its disk is empty when it is started again."""
    await scene.stand.a_while(0.5, 4)

    async def wipe() -> None:
        scene.stand.empty(scene.stand.nats_store)
        scene.stand.say("the broker's disk is empty")

    await scene.stand.down("NATS", meanwhile=wipe)


async def broker_wiped_live(scene: Scene) -> None:
    """The broker's disk is emptied while it runs."""
    await scene.stand.a_while(0.5, 4)
    scene.stand.empty(scene.stand.nats_store)
    scene.stand.say("the broker's disk is empty, and it runs on")
