from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

from contracts.base import GivenId
from contracts.topology import READERS
from services.kit.settings import DatabaseSettings, ServiceSettings


def _by_commas(names: object) -> object:
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else names


class Settings(ServiceSettings, DatabaseSettings):
    http_port: int = 8101
    portal_url: str = "http://127.0.0.1:8104"
    """The public address of the portal; what is printed on certificates for verification starts with it."""
    nats_replicas: int = 1
    """Copies of each stream: 3 on a cluster of three."""
    school_readers: Annotated[tuple[GivenId, ...], NoDecode, BeforeValidator(_by_commas)] = READERS
    """By how many durables each school's own systems read its events, by their names: one for each system."""
    reconcile_after_s: float = 10.0
    """How long a certificate may be on its way to the next service before it is looked for and sent again."""
