"""A broker with one user more, who may say and hear everything: what rights keep out has to do no harm without them."""

from __future__ import annotations

import secrets
from typing import Any

from deploy.embedded.nats import NatsServer

ANYONE = "anyone"
PASSWORD = secrets.token_hex(8)


class OpenBroker(NatsServer):
    def url_of_anyone(self) -> str:
        return f"nats://{ANYONE}:{PASSWORD}@127.0.0.1:{self.port}"

    def _configuration(self) -> dict[str, Any]:
        configuration: dict[str, Any] = super()._configuration()
        configuration["authorization"]["users"].append({"user": ANYONE, "password": PASSWORD})
        return configuration
