"""Where a running stack is: `$LAUREL_HOME/endpoints.json`, there exactly as long as the stack is ready."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from deploy.home import Home, write_private


class NotRunning(Exception):
    """No stack is ready in this home."""


class Endpoints(BaseModel):
    """URLs, but for `smtp` (host:port) and the names of the school and of its staff account."""

    model_config = ConfigDict(frozen=True)

    nats: str
    """With a credential that has the rights of the school's own systems and staff screens."""
    staff: str
    portal: str
    inbox: str
    smtp: str
    postgres: str
    school: str
    staff_user: str
    staff_password: str


def publish_endpoints(home: Home, endpoints: Endpoints) -> None:
    write_private(home.endpoints, endpoints.model_dump())


def withdraw_endpoints(home: Home) -> None:
    home.endpoints.unlink(missing_ok=True)


def read_endpoints(home: Home) -> Endpoints:
    try:
        return Endpoints.model_validate_json(home.endpoints.read_bytes())
    except FileNotFoundError:
        raise NotRunning(f"no stack is running in {home.folder}: start one with `make up`") from None
