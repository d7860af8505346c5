"""The artefact store, and then the broker, cannot write for 20 s."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from deploy.home import Home
from tests.drills.drill import Scene, Setting

FULL_S = 20.0
STORE_BYTES = 192 << 20
BLOCK = b"\0" * (1 << 20)
FILLER = "filler"


class NoSmallDisk(Exception):
    """Only root may mount one."""


def mount(folder: Path, size: int) -> None:
    """A small file system of its own at `folder`. NoSmallDisk where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        raise NoSmallDisk(done.stderr.strip())


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Until not one byte more can be written."""
    descriptor = os.open(folder / FILLER, os.O_WRONLY | os.O_CREAT, 0o600)
    size = len(BLOCK)
    try:
        while size:
            try:
                os.write(descriptor, BLOCK[:size])
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
    finally:
        os.close(descriptor)


def free(folder: Path) -> None:
    (folder / FILLER).unlink()


async def small_disks(running: AsyncExitStack, home: Home, _: Random) -> Setting:
    """The artefacts and the broker's store each lie on a disk of their own."""
    for folder in (home.artefacts, home.folder / "nats"):
        mount(folder, STORE_BYTES)
        running.callback(unmount, folder)
    return Setting()


async def disk_full(scene: Scene) -> None:
    """First the one, then the other."""
    for folder in (scene.stand.home.artefacts, scene.stand.home.folder / "nats"):
        await scene.stand.a_while(0.5, 2)
        await asyncio.to_thread(fill, folder)
        scene.stand.say(f"{folder.name}: no room left")
        await asyncio.sleep(FULL_S)
        free(folder)
        scene.stand.say(f"{folder.name}: there is room again")
