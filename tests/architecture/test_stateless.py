"""What some services do on a connection leaves nothing there: it goes back to the pool as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
OUTLIVES_ITS_TRANSACTION = re.compile(
    r"pg_(try_)?advisory_lock\b|\bLISTEN\b|\bDECLARE\b|\bTEMP(ORARY)? TABLE\b|set_config\([^)]*false"
    r"|(^|[\"';])\s*SET (?!LOCAL)",
    re.MULTILINE,
)
DESCRIBES_IT = SERVICES / "kit" / "postgres.py"


def lasting(service: str) -> list[str]:
    """The files of a service, and of the kit, in which a statement sets something on its connection."""
    files = [
        file for part in (service, "kit") for file in (SERVICES / part).rglob("*") if file.suffix in (".py", ".sql")
    ]
    return [
        str(file.relative_to(SERVICES))
        for file in files
        if file != DESCRIBES_IT and OUTLIVES_ITS_TRANSACTION.search(_statements_of(file))
    ]


def _statements_of(file: Path) -> str:
    """Without `UPDATE … SET`, where a line begins with its second word."""
    return re.sub(r"(UPDATE\s[^;]*?)\bSET\b", r"\1", file.read_text())


@pytest.mark.parametrize("service", ["portal", "notification", "webhooks"])
def test_what_is_stateless_leaves_nothing_on_a_connection(service: str) -> None:
    assert lasting(service) == []


def test_the_one_lock_that_lasts_is_found_and_is_held_on_connections_that_are_cleared() -> None:
    assert lasting("progression") == ["progression/leadership.py"]
