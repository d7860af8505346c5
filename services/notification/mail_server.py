"""The mail server: where it is, how we show ourselves to it, and whom we believe that it is."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    host: str
    port: int
    user: str | None
    password: str | None
    tls: Literal["none", "starttls", "direct"]

    @classmethod
    def from_url(cls, url: str) -> SmtpServer:
        """`smtp://[user:password@]host[:port][?starttls=true]` or `smtps://…`. ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("an SMTP URL begins with smtp:// or smtps:// and names a host")
        # A slip here must not send mails in the clear.
        if parts.query not in ("", "starttls=true"):
            raise ValueError("after its ? an smtp:// URL has starttls=true or nothing")
        starttls = parts.query == "starttls=true"
        direct = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if direct else 587 if starttls else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls="direct" if direct else "starttls" if starttls else "none",
        )

    @property
    def shows_password_to_all(self) -> bool:
        """To all on the way to the server."""
        return self.password is not None and self.tls == "none" and self.host not in LOOPBACK


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Believes certificates for the right name of the authorities in `ca_file` alone, else of the system's.

    OSError where the file is not there or holds none.
    """
    return ssl.create_default_context(cafile=ca_file)
