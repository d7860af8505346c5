"""`laurel kubernetes-secrets FOLDER`: the credentials of an installation on Kubernetes, as files for its overlay.

Each service has a folder there, which becomes the Secret of its name. What lies there already is kept: run again after
an upgrade, the broker's users have the new rights and the old passwords.
"""

from __future__ import annotations

import argparse
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from contracts.catalogue import SCHOOL
from contracts.permissions import SERVICES, Permissions, of_school, of_service
from deploy.embedded.nats import AUTHENTICATION_PATIENCE_S, user_of
from services.kit.delivery import is_school_id

BROKER = "nats:4222"
NATS_URL = "laurel_nats_url"
USERS = Path("nats", "users.conf")
BY_HAND = {
    "laurel_postgres_url": ("progression", "notification", "portal", "staff", "webhooks"),
    "laurel_smtp_url": ("notification",),
}
"""What only the installation itself knows: the file, and the services that read it."""
FOR_ALL = (Path("artefacts.env"), Path("postgres-ca.crt"))


class NoSuchSchool(Exception):
    """The text says what a school's id looks like."""


def add_kubernetes_secrets_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    named = commands.add_parser("kubernetes-secrets", help="lay out the credentials that an overlay makes Secrets of")
    named.add_argument("folder", type=Path, metavar="FOLDER")
    named.add_argument("--school", action="append", default=[], metavar="ID", help="its own systems get a user")
    named.set_defaults(run=_run)


async def _run(asked: argparse.Namespace) -> int:
    lay_out(asked.folder, asked.school)
    print(f"{asked.folder}: the broker's users and URLs are there")
    for path in missing(asked.folder):
        print(f"{asked.folder / path}: to be written by you")
    return 0


def lay_out(folder: Path, schools: Sequence[str] = ()) -> None:
    """The users' file and each user's URL. NoSuchSchool for what is no school's id; nothing is written then."""
    for school_id in schools:
        if not is_school_id(school_id):
            raise NoSuchSchool(f"{school_id!r} is no school's id: letters, digits, '-' and '_', at most 64")
    rights = {service: of_service(service) for service in SERVICES}
    rights |= {f"{SCHOOL}-{school_id}": of_school(school_id) for school_id in _schools(folder, schools)}
    passwords = {user: _password(folder / user / NATS_URL) for user in rights}
    for user, password in passwords.items():
        _write(folder / user / NATS_URL, f"tls://{user}:{password}@{BROKER}")
    _write(folder / USERS, f"authorization: {json.dumps(_authorization(rights, passwords), indent=1)}\n")


def missing(folder: Path) -> list[Path]:
    """What is to be written by hand and is not there yet."""
    wanted = [*FOR_ALL, *(Path(service, name) for name, services in BY_HAND.items() for service in services)]
    return [path for path in wanted if not (folder / path).exists()]


def _schools(folder: Path, schools: Sequence[str]) -> list[str]:
    """Those that are named, and those that have a user already."""
    before = [path.name.removeprefix(f"{SCHOOL}-") for path in folder.glob(f"{SCHOOL}-*")]
    return sorted({*before, *schools})


def _password(url: Path) -> str:
    kept = urlsplit(url.read_text()).password if url.exists() else None
    return kept or secrets.token_urlsafe(32)


def _authorization(rights: Mapping[str, Permissions], passwords: Mapping[str, str]) -> dict[str, object]:
    users = [user_of(name, passwords[name], right) for name, right in rights.items()]
    return {"timeout": AUTHENTICATION_PATIENCE_S, "users": users}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(text)
