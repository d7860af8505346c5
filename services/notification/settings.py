"""What notification is told through `LAUREL_*` variables."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

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
    smtp_ca_file: Path | None = None
    """The authorities that the mail server's certificate may be of, as PEM; without it those of the system."""
    smtp_connections: int = Field(default=8, ge=1, le=100)
    """Mails on their way at once, each on a connection of its own."""
    smtp_per_domain: int = Field(default=2, ge=1)
    """Of these, to one recipient domain."""
    bounce_address: str | None = None
    """`bounces@school.example`: mails leave from `bounces+SECRET@school.example`, and come back there.

    Not told: `bounces@` the domain of `mail_from`, if anybody reads there. Else, or empty: all mails leave from
    `mail_from`, and none is known again.
    """
    bounces: Path | None = None
    """A Maildir folder or an mbox file that mails come back into."""
    bounces_secret: SecretStr | None = Field(default=None, min_length=16)
    """What a mail server shows that hands them over at `POST /bounces`; without it there is no such page."""

    @property
    def address_for_bounces(self) -> str | None:
        """None where no mail is to have an envelope of its own."""
        if self.bounce_address is None and self._reads_them:
            return f"bounces@{self.mail_from.rpartition('@')[2]}"
        return self.bounce_address or None

    @property
    def hears_of_bounces(self) -> bool:
        return self._reads_them and self.address_for_bounces is not None

    @property
    def _reads_them(self) -> bool:
        return self.bounces is not None or self.bounces_secret is not None

    @field_validator("smtp_ca_file", "bounces", "bounces_secret", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None
