"""All services are replaced, one after the other, by a newer build with a migration."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import httpx

import contracts
from deploy.embedded.postgres import SCHEMAS
from tests.drills.drill import Scene

PACKAGES = ("contracts", "services", "deploy")
MIGRATION = "9001_the_newer_build.sql"
ADDED = """-- What a newer build may add: the old one goes on beside it.
CREATE TABLE newer_build (noted_at timestamptz NOT NULL DEFAULT now());
ALTER TABLE outbox ADD COLUMN newer_build boolean;
"""


async def deploy(scene: Scene) -> None:
    """Each is told to stop, and starts again from the newer build, while the others run."""
    build = newer_build(scene.stand.home.folder / "newer")
    await scene.stand.a_while(0.2, 2)
    names = [name for name in scene.stand.stack.children if name in (*SCHEMAS, "rendering")]
    scene.chance.shuffle(names)
    for name in names:
        await _replace(scene, name, build)


def newer_build(folder: Path) -> Path:
    """A copy of Laurel with one more migration for each schema."""
    root = Path(contracts.__file__).parent.parent
    for package in PACKAGES:
        shutil.copytree(root / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for schema in SCHEMAS:
        (folder / "services" / schema / "migrations" / MIGRATION).write_text(ADDED)
    return folder


async def _replace(scene: Scene, name: str, build: Path) -> None:
    child = scene.stand.service(name)
    # Not the folder that the drill was started in: the newer build comes first.
    child.variables = {**child.variables, "PYTHONPATH": str(build), "PYTHONSAFEPATH": "1"}
    scene.stand.leave(name)
    await asyncio.to_thread(child.stop)
    child.start()
    scene.stand.say(f"{name}: the newer build")
    scene.stand.watch(name)
    async with httpx.AsyncClient(timeout=5) as client:
        await child.until_ready(client)
