"""Everything is lost, and comes back from a backup."""

from __future__ import annotations

import asyncio
import shutil

from contracts.permissions import SERVICES
from deploy.supervision import Child
from tests.drills.command import laurel
from tests.drills.drill import Scene
from tests.drills.stand import Stand

SERVERS = ("Postgres", "NATS")


async def restored(scene: Scene) -> None:
    """A backup while everything is at work; then all services are killed in the middle of the runs, a backup is made
    at once, Postgres, NATS and the artefacts are destroyed, and the stack goes on from that backup.

    What happens between a backup and the loss cannot come back, so the last one is made when nobody works any more:
    then the count has no excuse. The first one shows that a backup of a school at work is whole: it ends badly when
    a registered PDF or a layout is not in it.
    """
    stand = scene.stand
    await stand.a_while(0.5, 3)
    await laurel(stand, "backup", str(stand.home.folder / "at-work"))
    await _end(stand, *SERVICES, "inbox")
    await laurel(stand, "backup", str(stand.home.folder / "backup"))
    await _end(stand, *SERVERS)
    _destroy(stand)
    await laurel(stand, "restore", str(stand.home.folder / "backup"), home=stand.home.folder / "restored")
    _move_in(stand)
    await _start(stand, *SERVERS, "inbox", *SERVICES)


async def _end(stand: Stand, *names: str) -> None:
    """Killed, and not started again."""
    for name in names:
        stand.leave(name)
        stand.kill(name)
    for name in names:
        await asyncio.to_thread(_wait, stand.child(name))


def _wait(child: Child) -> None:
    assert child.process is not None
    child.process.wait()


async def _start(stand: Stand, *names: str) -> None:
    for name in names:
        await asyncio.to_thread(stand.child(name).start)
        stand.watch(name)
    stand.say("everything is started again")


def _destroy(stand: Stand) -> None:
    """All that the stack wrote, but for the mails: those are the families' by now."""
    for name in ("postgres", "nats", "artefacts"):
        shutil.rmtree(stand.home.folder / name)
    stand.say("Postgres, the broker and the artefacts are gone")


def _move_in(stand: Stand) -> None:
    """The stand holds its home, so the restored one was made beside. Its ports and passwords are those of before."""
    for name in ("postgres", "artefacts"):
        shutil.move(stand.home.folder / "restored" / name, stand.home.folder / name)
    for name in ("ports.json", "credentials.json"):
        before, after = (folder / name for folder in (stand.home.folder, stand.home.folder / "restored"))
        assert after.read_text() == before.read_text()
