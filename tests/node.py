"""Node and npm, for the tests of what other systems do."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def node_is_there() -> None:
    """Installed where it is missing; the test skips where it cannot be."""
    # Some packages of Node bring npm, and are at odds with the package of npm alone.
    for program, package in (("node", "nodejs"), ("npm", "npm")):
        if not shutil.which(program):
            _install(package)


def _install(package: str) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(f"{package} is not here, and only root may install it")
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patience = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run(["apt-get", "update", *patience], check=True, env=quietly)
    subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *patience, package], check=True, env=quietly)
