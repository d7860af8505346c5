"""Processes that die: one after the other, or all at once."""

from __future__ import annotations

import asyncio

from contracts.permissions import SERVICES
from tests.drills.drill import Scene
from tests.drills.stand import BROWSERS, DRIVERS

POSTGRES_AWAY_S = 20.0


async def kill_each(scene: Scene) -> None:
    """`kill -9` of each service, of Chromium and of its driver, at random instants; the stack starts them again."""
    stand = scene.stand
    early, late = ["Chromium", "driver", *SERVICES[:2]], [*SERVICES[2:]]
    scene.chance.shuffle(early)
    scene.chance.shuffle(late)
    # The browser among the first: later on there may be nothing to print any more, and so no browser.
    for victim in (*early, *late):
        await stand.a_while(0.2, 1.5)
        if victim == "Chromium":
            await stand.kill_below_rendering(BROWSERS)
        elif victim == "driver":
            await stand.kill_below_rendering(DRIVERS)
        else:
            stand.kill(victim)


async def kill_all(scene: Scene) -> None:
    """Everything at once, with NATS and Postgres, as when the power fails; then it is started again."""
    await scene.stand.a_while(0.5, 4)
    for name in scene.stand.stack.children:
        if name != "inbox":
            scene.stand.kill(name)
    scene.stand.kill("inbox")


async def postgres_restart(scene: Scene) -> None:
    """Postgres is killed, and away for 20 s."""
    await scene.stand.a_while(0.5, 3)

    async def away() -> None:
        await asyncio.sleep(POSTGRES_AWAY_S)

    await scene.stand.down("Postgres", meanwhile=away)


async def smtp_down(scene: Scene) -> None:
    """No mail server until everything is issued and online."""

    async def until_pressed() -> None:
        await scene.pressed.wait()
        await scene.stand.a_while(5, 8)

    await scene.stand.down("inbox", meanwhile=until_pressed)
