"""`make sbom`: build/sbom.json, a CycloneDX bill of all that requirements.lock brings, the same for the same lock.

cyclonedx-py knows names, versions and hashes; who wants whom, and under which licence, is added here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.licences import licence_of
from deploy.lockfile import LOCK, PROJECT, ROOT, read

OUT = ROOT / "build" / "sbom.json"
TOOL = ROOT / ".venv" / "tools" / "bin" / "cyclonedx-py"
ROOT_REF = "root-component"
PROJECT_NAME = "laurel"


def bill() -> dict[str, Any]:
    """The bill, in CycloneDX 1.6."""
    told = _told_by_the_tool()
    packages = {each.name: each for each in read(LOCK)}
    refs = {component["name"]: component["bom-ref"] for component in told["components"]}
    for component in told["components"]:
        # Its own words are the line of the lock once more, hashes and all.
        del component["description"]
        component["licenses"] = [{"expression": licence_of(packages[component["name"]])}]
    wants: dict[str, list[str]] = {ref: [] for ref in (ROOT_REF, *refs.values())}
    for each in packages.values():
        for wanting in each.wanted_by:
            by = ROOT_REF if wanting == PROJECT_NAME else refs.get(wanting)
            if by is not None:
                wants[by].append(refs[each.name])
    told["dependencies"] = [{"ref": ref, "dependsOn": sorted(wanted)} for ref, wanted in sorted(wants.items())]
    return told


def _told_by_the_tool() -> dict[str, Any]:
    asked = [str(TOOL), "requirements", "--pyproject", str(PROJECT), "--mc-type", "application", "--sv", "1.6"]
    made = subprocess.run(
        [*asked, "--output-reproducible", "--no-validate", str(LOCK)], check=True, capture_output=True
    )
    told: dict[str, Any] = json.loads(made.stdout)
    return told


def main(out: Path = OUT) -> int:
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(bill(), indent=1, ensure_ascii=False) + "\n")
    print(f"sbom: {out.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
