"""`make audit`: every locked package held against the known vulnerabilities.

pip-audit asks; this decides. What could not be asked is said to be not done, and never to be well: pip-audit itself
calls a package that its source does not know "not found", and ends with 0.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from deploy.lockfile import LOCK, ROOT, TOOLS

TOOL = ROOT / ".venv" / "tools" / "bin" / "pip-audit"
ACCEPTED = ROOT / "deploy" / "audit.toml"
OWN_SOURCE = "LAUREL_ADVISORIES_URL"
"""The `/v1/query` of a mirror of OSV, for networks that let nobody out."""
PATIENCE_S = 10

CLEAN, FOUND, NOT_DONE = 0, 1, 2

Source: TypeAlias = tuple[str, ...]
"""As pip-audit is told of it."""


class Unreachable(Exception):
    """The source did not answer for every package; the text says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    package: str
    version: str
    ids: frozenset[str]
    """One vulnerability's names in different lists."""
    cured_in: tuple[str, ...]

    def __str__(self) -> str:
        cure = f"cured in {', '.join(self.cured_in)}" if self.cured_in else "no version cures it yet"
        return f"{self.package} {self.version}: {', '.join(sorted(self.ids))}; {cure}"


@dataclass(frozen=True, slots=True)
class Accepted:
    id: str
    package: str
    reason: str
    until: date

    def covers(self, finding: Finding, today: date) -> bool:
        return self.package == finding.package and self.id in finding.ids and today < self.until


def sources(environment: Mapping[str, str] = os.environ) -> list[Source]:
    """In the order in which they are asked, until one answers."""
    if own := environment.get(OWN_SOURCE):
        return [("osv", "--osv-url", own)]
    return [("pypi",), ("osv",)]


def accepted(file: Path = ACCEPTED) -> list[Accepted]:
    return [Accepted(**each) for each in tomllib.loads(file.read_text()).get("accepted", [])]


def findings(lock: Path, source: Source) -> tuple[int, list[Finding]]:
    """How many packages were asked about, and what is known of them. Unreachable where one got no answer."""
    asked = [str(TOOL), "--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
    said = subprocess.run(
        [*asked, "--timeout", str(PATIENCE_S), "--vulnerability-service", *source, "--requirement", str(lock)],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages: list[dict[str, Any]] = json.loads(said.stdout)["dependencies"]
    except ValueError:
        raise Unreachable(_last_line(said.stderr)) from None
    for each in packages:
        if "vulns" not in each:
            raise Unreachable(each.get("skip_reason", f"no answer about {each['name']}"))
    return len(packages), [_finding(each, known) for each in packages for known in each["vulns"]]


def answered(locks: Sequence[Path]) -> tuple[Source, int, list[Finding]]:
    """From the first source that answers. Unreachable, with what each said, where none does."""
    silent = []
    for source in sources():
        try:
            # One package first: who cannot be reached is not asked about two hundred.
            _probe(locks[0], source)
            each = [findings(lock, source) for lock in locks]
        except Unreachable as why:
            silent.append(f"{source[0]}: {why}")
        else:
            return source, sum(packages for packages, _ in each), [one for _, found in each for one in found]
    raise Unreachable("; ".join(silent))


def judged(found: Collection[Finding], known: Collection[Accepted], today: date) -> list[Finding]:
    """Those that nobody has accepted, or not for today."""
    return [each for each in found if not any(one.covers(each, today) for one in known)]


def main(arguments: Sequence[str] | None = None, locks: Sequence[Path] = (LOCK, TOOLS)) -> int:
    """Exit codes: 0 nothing known, or all of it accepted; 1 something to do; 2 nobody could be asked."""
    parser = argparse.ArgumentParser(prog="audit", description="Known vulnerabilities of locked packages.")
    parser.add_argument("--where-reachable", action="store_true", help="end with 0 where nobody can be asked, too")
    asked = parser.parse_args(arguments)
    try:
        source, packages, found = answered(locks)
    except Unreachable as why:
        print(f"audit: NOT DONE: no list of vulnerabilities can be reached from here ({why})")
        return CLEAN if asked.where_reachable else NOT_DONE
    open_ones = judged(found, accepted(), datetime.now(UTC).date())
    for each in open_ones:
        print(f"audit: {each}")
    print(f"audit: {packages} packages held against {source[0]}: {len(open_ones)} open, {len(found)} known")
    return FOUND if open_ones else CLEAN


def _probe(lock: Path, source: Source) -> None:
    first, _, _ = lock.read_text().partition("\n    # via")
    with TemporaryDirectory() as folder:
        alone = Path(folder, "one.lock")
        alone.write_text(f"{first}\n")
        findings(alone, source)


def _finding(package: Mapping[str, Any], known: Mapping[str, Any]) -> Finding:
    ids = frozenset((known["id"], *known.get("aliases", ())))
    return Finding(package["name"], package["version"], ids, tuple(known.get("fix_versions", ())))


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else "no answer"


if __name__ == "__main__":
    sys.exit(main())
