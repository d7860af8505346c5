"""What the portal's tables hold about a child and a family."""

from __future__ import annotations

from services.kit.holdings import Holding

HOLDINGS = (
    Holding("correction", "withdrawals and replacements", ("certificate_id",)),
    Holding("correction_request", "wishes for another name", ("certificate_id",)),
    Holding("certificate_copy", "copies for share links", ("certificate_id",)),
    Holding("certificate_version", "certificate versions online", ("certificate_id", "family_id")),
    Holding("access_token", "links", ("certificate_id", "family_id")),
)
"""In the order in which they can be deleted. A family's sessions go with its links."""
