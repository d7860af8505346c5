"""A Docker engine for the tests: the one that DOCKER_HOST names, or one of their own for as long as they run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from deploy.embedded.process import spawn, stop

PACKAGES = {"dockerd": "docker.io", "docker-compose": "docker-compose", "debootstrap": "debootstrap"}
START_PATIENCE_S = 60.0
BASES = Path("deploy/containers/bases/build.sh")
WITHOUT_BUILDKIT = {"DOCKER_BUILDKIT": "0", "LAUREL_BUILD_NETWORK": "host"}
"""Debian's engine comes without buildx, and a build reaches what its host reaches."""


@contextmanager
def running_engine() -> Iterator[None]:
    """In the environment, as every Docker client reads it, and with the images that Laurel's are built from."""
    with ExitStack() as running, pytest.MonkeyPatch.context() as environment:
        for name, value in WITHOUT_BUILDKIT.items():
            environment.setenv(name, value)
        _install_what_is_missing()
        if not os.environ.get("DOCKER_HOST"):
            environment.setenv("DOCKER_HOST", running.enter_context(_own_engine()))
        subprocess.run(["sh", str(BASES)], check=True)
        yield


def _install_what_is_missing() -> None:
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(f"install {' '.join(missing)}, and set DOCKER_HOST")
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*apt, "update"], check=True, env=quiet)
    # Nothing of it is started: the tests have an engine of their own.
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        install = [*apt, "install", "--yes", "--no-install-recommends", *missing]
        subprocess.run(install, check=True, env=quiet, stdout=subprocess.DEVNULL)
    finally:
        if ours:
            policy.unlink()


@contextmanager
def _own_engine() -> Iterator[str]:
    """Its address. What it made is gone afterwards."""
    if os.geteuid() != 0:
        pytest.skip("a Docker engine of the tests' own needs root: set DOCKER_HOST to another")
    # Its sockets' paths must be short.
    folder = Path(tempfile.mkdtemp(prefix="laurel-docker-"))
    address, log = f"unix://{folder}/socket", folder / "log"
    places = {"--data-root": "data", "--exec-root": "exec", "--pidfile": "pid"}
    options = [part for option, name in places.items() for part in (option, str(folder / name))]
    engine = spawn(["dockerd", *options, "--host", address], log)
    try:
        _wait_until_it_answers(engine, address, log)
        yield address
    finally:
        stop(engine)
        # An engine leaves the network that it began in mounted.
        subprocess.run(["umount", str(folder / "exec" / "netns" / "default")], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_answers(engine: subprocess.Popen[bytes], address: str, log: Path) -> None:
    give_up_at = time.monotonic() + START_PATIENCE_S
    asked = ["docker", "--host", address, "version"]
    while subprocess.run(asked, capture_output=True, check=False).returncode != 0:
        said = log.read_text(errors="replace")[-2000:]
        assert engine.poll() is None, said
        assert time.monotonic() < give_up_at, said
        time.sleep(0.2)
