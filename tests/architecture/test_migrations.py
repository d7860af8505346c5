"""A migration runs while the older build still does: it only adds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import services

MIGRATIONS = sorted(Path(services.__file__).parent.glob("*/migrations/*.sql"))
BREAKS = re.compile(
    r"\b(DROP (TABLE|COLUMN|SCHEMA|VIEW)|RENAME|ALTER COLUMN \w+ (SET NOT NULL|TYPE|SET DATA TYPE)|TRUNCATE)\b",
    re.IGNORECASE,
)
ADDED_COLUMN = re.compile(r"\bADD COLUMN (?:IF NOT EXISTS )?\w+ [^,;]*", re.IGNORECASE)


def without_comments(sql: str) -> str:
    return re.sub(r"--.*", "", sql)


def what_breaks(sql: str) -> list[str]:
    """What the older build, which knows nothing of it, would stumble over."""
    plain = without_comments(sql)
    found = [match.group() for match in BREAKS.finditer(plain)]
    columns = [match.group() for match in ADDED_COLUMN.finditer(plain)]
    return found + [column for column in columns if "NOT NULL" in column.upper() and "DEFAULT" not in column.upper()]


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_a_migration_only_adds(migration: Path) -> None:
    assert what_breaks(migration.read_text()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE mail DROP COLUMN reason;",
        "ALTER TABLE mail RENAME COLUMN reason TO why;",
        "ALTER TABLE mail ALTER COLUMN reason SET NOT NULL;",
        "ALTER TABLE mail ADD COLUMN colour text NOT NULL;",
        "DROP TABLE mail;",
    ],
)
def test_what_would_break_the_older_build_is_seen(sql: str) -> None:
    assert what_breaks(sql)
