"""How `docker compose` is called for Laurel."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from deploy.containers.environment import COMPOSE

PROJECT = "laurel"


def compose(environment: Path, project: str = PROJECT) -> list[str]:
    """The command's beginning, as the machine has it: `docker compose`, or Debian's `docker-compose`."""
    return [*_program(), "--env-file", str(environment), "--project-name", project, "--file", str(COMPOSE)]


@cache
def _program() -> tuple[str, ...]:
    plugin = ("docker", "compose")
    if not shutil.which("docker"):
        return ("docker-compose",)
    asked = subprocess.run([*plugin, "version"], capture_output=True, check=False)
    return plugin if asked.returncode == 0 else ("docker-compose",)
