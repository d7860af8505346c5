"""The ports of an embedded stack: free ones, chosen at its first start and kept.

They are kept because verification links are printed on paper and links in mails live for years.
"""

from __future__ import annotations

import os
import secrets
import time

from deploy.embedded.process import answers, free_port
from deploy.home import Home

NAMES = ("nats", "postgres", "smtp", "inbox", "progression", "rendering", "notification", "portal", "staff", "webhooks")

# Below the range that outgoing connections are given, so that none of them sits on a kept port at the next start.
LOWEST, HIGHEST = 20_000, 29_999
PREDECESSOR_PATIENCE_S = 30.0


class PortTaken(Exception):
    """Another program listens there; the text says which variable chooses another port."""


def ports(home: Home) -> dict[str, int]:
    """A port for each name; `LAUREL_<NAME>_PORT` has the last word."""

    def choose(kept: dict[str, str]) -> dict[str, str]:
        chosen: dict[str, str] = {}
        for name in NAMES:
            chosen[name] = os.environ.get(variable(name)) or kept.get(name) or _fresh(chosen)
        return chosen

    return {name: int(port) for name, port in home.kept("ports.json", choose).items()}


def variable(name: str) -> str:
    return f"LAUREL_{name.upper()}_PORT"


def wait_until_free(chosen: dict[str, int]) -> None:
    """A stack that was killed needs a moment until its processes are gone too. PortTaken if it is not that."""
    give_up_at = time.monotonic() + PREDECESSOR_PATIENCE_S
    for name, port in chosen.items():
        while answers(port):
            if time.monotonic() > give_up_at:
                raise PortTaken(f"port {port} ({name}) is taken by another program: stop it, or set {variable(name)}")
            time.sleep(0.1)


def _fresh(chosen: dict[str, str]) -> str:
    while True:
        port = str(free_port(LOWEST + secrets.randbelow(HIGHEST - LOWEST)))
        if port not in chosen.values():
            return port
