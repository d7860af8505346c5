"""Programs that only a few tests need, from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def is_there(program: str, *packages: str) -> None:
    """Installed where it is missing; the test skips where it cannot be."""
    if shutil.which(program):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(f"{program} is not here, and only root may install {', '.join(packages)}")
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patience = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run(["apt-get", "update", *patience], check=True, env=quietly)
    subprocess.run(
        ["apt-get", "install", "-y", "--no-install-recommends", *patience, *packages], check=True, env=quietly
    )
