"""What the portal is told through `LAUREL_*` variables."""

from __future__ import annotations

from services.kit.settings import ArtefactSettings, DatabaseSettings, ServiceSettings


class PortalSettings(ServiceSettings, DatabaseSettings, ArtefactSettings):
    http_port: int = 8104
    portal_url: str
    """The public base URL that families' links begin with, such as `https://certificates.example.school`."""
