"""Whom the `laurel` command believes, as services do."""

from __future__ import annotations

import os
from pathlib import Path


def nats_ca_file() -> Path | None:
    """The authorities that a broker's certificate may be of: what `LAUREL_NATS_CA_FILE` names."""
    named = os.environ.get("LAUREL_NATS_CA_FILE")
    return Path(named) if named else None
