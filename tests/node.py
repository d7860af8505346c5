"""Node and npm, for the tests of what other systems do."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def node_is_there() -> None:
    """Installed where it is missing; the test skips where it cannot be."""
    if shutil.which("node") and shutil.which("npm"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip("Node is not here, and only root may install it")
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patience = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run(["apt-get", "update", *patience], check=True, env=quietly)
    install = ["apt-get", "install", "-y", "--no-install-recommends", *patience, "nodejs", "npm"]
    subprocess.run(install, check=True, env=quietly)
