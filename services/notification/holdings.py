"""What notification's tables hold about a child and a family."""

from __future__ import annotations

from services.kit.holdings import Holding

HOLDINGS = (
    Holding("mail", "mails", ("certificate_id", "guardian_id"), ("family_url",)),
    Holding("digest", "digests", ("family_id", "guardian_id")),
    Holding("correction", "withdrawn or replaced before they were mailed", ("certificate_id",)),
    Holding("announced", "certificates that were announced", ("certificate_id",), ("family_url",)),
    Holding("link_mail", "mails with a new link", ("family_id",), ("family_url",)),
    Holding("mail_preference", "which mails are wanted", ("family_id",)),
    Holding("unsubscribe_link", "links to unsubscribe", ("family_id",)),
    Holding("suppression", "addresses that are not mailed", ("guardian_id",)),
)
"""In the order in which they can be deleted."""
