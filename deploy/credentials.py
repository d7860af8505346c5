"""The passwords of an embedded stack: made at its first start, kept in its home."""

from __future__ import annotations

import secrets

from contracts.catalogue import SCHOOL
from contracts.permissions import SERVICES
from deploy.home import Home

POSTGRES = "postgres"
STAFF_ACCOUNT = "staff-account"
NAMES = (*SERVICES, SCHOOL, POSTGRES, STAFF_ACCOUNT)


def credentials(home: Home) -> dict[str, str]:
    """A password for each service (NATS and Postgres alike), the school, Postgres' superuser and the demo account."""
    return home.kept(
        "credentials.json", lambda kept: {name: kept.get(name) or secrets.token_urlsafe(12) for name in NAMES}
    )
