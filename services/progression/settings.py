from __future__ import annotations

from services.kit.settings import DatabaseSettings, ServiceSettings


class Settings(ServiceSettings, DatabaseSettings):
    http_port: int = 8101
    portal_url: str = "http://127.0.0.1:8104"
    """The public address of the portal; what is printed on certificates for verification starts with it."""
    nats_replicas: int = 1
    """Copies of each stream: 3 on a cluster of three."""
    reconcile_after_s: float = 10.0
    """How long a certificate may be on its way to the next service before it is looked for and sent again."""
