"""What notification is told through `LAUREL_*` variables."""

from __future__ import annotations

from services.kit.settings import DatabaseSettings, ServiceSettings


class NotificationSettings(ServiceSettings, DatabaseSettings):
    http_port: int = 8103
    smtp_url: str
    """`smtp://[user:password@]host:port`, the same with `?starttls=true`, or `smtps://…`."""
    portal_url: str
    """The portal's public base URL: mails have links to it by which a guardian gets no more of them."""
    mail_from: str
    """The address that mails come from, and that a school's own name is put before."""
    digest_grace_s: float = 30.0
    """How long a digest waits for the rest of its run before it asks whether that still comes."""
    smtp_timeout_s: float = 60.0
    """How long the mail server may take for one answer."""
