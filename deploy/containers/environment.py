"""What `deploy/compose.yaml` is told: an environment file and the broker's configuration, written into a home.

Ports and passwords are the home's, as in the embedded stack, so that `endpoints.json` says the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from deploy.addresses import Addresses
from deploy.embedded.nats import configuration, users
from deploy.home import Home
from deploy.ports import variable

COMPOSE = Path(__file__).parents[1] / "compose.yaml"
STORE = Path("/data")
"""Where the broker's container keeps its streams."""
IMAGE_USER = 10001


def environment_file(home: Home, **more: str) -> Path:
    """The file for `docker compose --env-file`, written anew; `more` has the last word. For the owner's eyes alone."""
    addresses = Addresses.of(home)
    folder = home.folder / "containers"
    folder.mkdir(mode=0o700, exist_ok=True)
    broker = folder / "nats.conf"
    told_to_it = configuration(STORE, users(addresses.passwords, addresses.school_id))
    _write_private(broker, json.dumps(told_to_it, indent=1))
    path = folder / "compose.env"
    told = {
        **{password_variable(name): password for name, password in addresses.passwords.items()},
        **{variable(name): str(port) for name, port in addresses.ports.items()},
        "LAUREL_ENVIRONMENT": str(path),
        "LAUREL_NATS_CONFIGURATION": str(broker),
        "LAUREL_SCHOOL": addresses.school_id,
        "LAUREL_PORTAL_URL": addresses.web("portal"),
        "LAUREL_MAIL": str(home.mail),
        "LAUREL_USER": _owner_of_mail(home),
        # Debian's docker-compose would look for it where it was called.
        "LAUREL_SECCOMP": str(COMPOSE.with_name("chromium-seccomp.json")),
        "LAUREL_VERSION": version("laurel"),
        **more,
    }
    _write_private(path, "".join(f"{name}={value}\n" for name, value in told.items()))
    return path


def password_variable(name: str) -> str:
    """`LAUREL_STAFF_ACCOUNT_PASSWORD` for `staff-account`."""
    return f"LAUREL_{name.upper().replace('-', '_')}_PASSWORD"


def passwords(variables: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """By name, as the file tells them."""
    return {name: variables[password_variable(name)] for name in names}


def _owner_of_mail(home: Home) -> str:
    """`uid:gid` that the inbox runs as: the home's owner, but never root."""
    if os.geteuid() == 0:
        os.chown(home.mail, IMAGE_USER, IMAGE_USER)
        return f"{IMAGE_USER}:{IMAGE_USER}"
    return f"{os.geteuid()}:{os.getegid()}"


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
