"""The `laurel` command, as operations type it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.drills.stand import Stand


async def laurel(stand: Stand, *words: str, home: Path | None = None) -> None:
    """In the stand's home, or in another. AssertionError, with what it said, when it does not end well."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.cli",
        *words,
        env={**os.environ, "LAUREL_HOME": str(home or stand.home.folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    stand.say(said.decode().strip())
    assert process.returncode == 0, f"laurel {' '.join(words)}: {said.decode()}"
