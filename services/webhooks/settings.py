"""What webhooks is told through `LAUREL_*` variables."""

from __future__ import annotations

from pydantic import Field

from services.kit.settings import DatabaseSettings, ServiceSettings


class WebhookSettings(ServiceSettings, DatabaseSettings):
    http_port: int = 8106
    webhook_private_addresses: bool = False
    """Endpoints may lie in the own network, and on this machine without TLS."""
    webhook_timeout_s: float = Field(default=15.0, gt=0, le=60)
    """How long an endpoint may take for its answer."""
    webhook_delay_scale: float = Field(default=1.0, gt=0)
    """Of all delays between tries."""
    webhook_per_endpoint: int = Field(default=4, ge=1, le=100)
    """Deliveries on their way to one endpoint at once."""
    webhook_at_once: int = Field(default=64, ge=1, le=1000)
    """And to all of them together."""
    webhook_disable_after_days: float = Field(default=5.0, gt=0)
    """An endpoint at which nothing has arrived for so long is disabled."""
    webhook_keep_days: int = Field(default=30, ge=1, le=30)
    """So far back events can be sent again. Not longer than the broker keeps them."""
