"""What the portal tells notification."""

from __future__ import annotations

from contracts.base import Body, GivenId, Version


class Published(Body):
    """The certificate is online: `family_url` works now. The URL is a secret; only notification may read it."""

    certificate_id: GivenId
    version: Version
    family_id: GivenId
    family_url: str
