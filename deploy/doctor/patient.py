"""Where the system to be examined is: the stack of a home, or wherever the `LAUREL_*` variables point."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from contracts.permissions import PROVISIONER, SERVICES
from deploy.addresses import Addresses, chosen_school
from deploy.endpoints import NotRunning
from deploy.home import Home


@dataclass(frozen=True, slots=True)
class Patient:
    school_id: str
    nats_url: str
    """With the credential of the one service that sees every stream."""
    postgres_url: str | None = None
    artefacts_url: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    """Where services of this machine tell how they are, by name."""
    logs: Path | None = None

    @classmethod
    def of(cls, home: Home, environment: Mapping[str, str] = os.environ) -> Self:
        """NotRunning where neither is told, nor a stack was ever started in this home."""
        if nats_url := environment.get("LAUREL_NATS_URL"):
            return cls(
                chosen_school(),
                nats_url,
                environment.get("LAUREL_POSTGRES_URL"),
                environment.get("LAUREL_ARTEFACTS_URL"),
            )
        if not (home.folder / "ports.json").exists():
            raise NotRunning(
                f"no stack was ever started in {home.folder}: set LAUREL_HOME to where it was,"
                " or LAUREL_NATS_URL to the broker"
            )
        addresses = Addresses.of(home)
        return cls(
            addresses.school_id,
            addresses.nats(PROVISIONER),
            addresses.postgres(),
            addresses.artefacts,
            {name: addresses.ports[name] for name in ("inbox", *SERVICES)},
            home.logs,
        )

    def log_of(self, service: str) -> str:
        return f"the log of {service}" if self.logs is None else str(self.logs / f"{service}.log")
