"""What a lock says: which packages, in which version, wanted by whom. Written by uv (`make lock`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
TOOLS = ROOT / "deploy" / "tools.lock"
PROJECT = ROOT / "pyproject.toml"

PACKAGE = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^ ;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
BY = re.compile(r"^    # (?:via |  )(?!$)([a-z0-9.-]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Locked:
    name: str
    version: str
    wanted_by: tuple[str, ...]
    """Other packages, and `laurel` itself."""
    hashes: tuple[str, ...]
    """SHA-256 of each file that it may come as."""


def read(lock: Path = LOCK) -> list[Locked]:
    """In the lock's order, which is the alphabet's."""
    text = lock.read_text()
    found = list(PACKAGE.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    bodies = [text[match.end() : end] for match, end in zip(found, ends, strict=True)]
    return [
        Locked(match[1], match[2], tuple(BY.findall(body)), tuple(HASH.findall(body)))
        for match, body in zip(found, bodies, strict=True)
    ]


def parts(packages: Collection[Locked]) -> Mapping[str, str]:
    """What each package is for: `services`, or else the `embedded stack`, or else `tests`."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    extras = project["optional-dependencies"]
    services = _with_all_they_want(project["dependencies"], packages)
    local = _with_all_they_want(_without_ourselves(extras["local"], extras), packages)
    return {
        each.name: "services" if each.name in services else "embedded stack" if each.name in local else "tests"
        for each in packages
    }


def _without_ourselves(requirements: Iterable[str], extras: Mapping[str, list[str]]) -> list[str]:
    """`laurel[operations]` is what that extra asks for."""
    of_ours = {f"laurel[{extra}]": wanted for extra, wanted in extras.items()}
    return [package for each in requirements for package in of_ours.get(each, [each])]


def _with_all_they_want(requirements: Iterable[str], packages: Collection[Locked]) -> set[str]:
    reached = {re.split(r"[\[<>=!~; ]", each)[0] for each in requirements}
    while more := {each.name for each in packages if reached & set(each.wanted_by)} - reached:
        reached |= more
    return reached
