"""The sender on a mail's envelope, to which what cannot be delivered comes back: each mail has its own."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from services.notification.addresses import checked

SECRET_BYTES = 20
SECRET = "[a-z2-7]{32}"  # noqa: S105 -- what one looks like
"""Base32 of so many bytes: letters that mean the same in small and in capital, since some servers change them."""


@dataclass(frozen=True, slots=True)
class Envelope:
    sender: str
    sha256: bytes | None
    """Of the secret in the sender; None where all mails have the same sender."""


class Envelopes:
    def __init__(self, bounce_address: str | None, mail_from: str) -> None:
        """`bounce_address`: `bounces@school.example` makes `bounces+SECRET@school.example`; without one the sender of
        all is `mail_from`, and no bounce is known. ValueError where it is no address."""
        self._everybodys = None if bounce_address else checked(mail_from)
        self._local, _, self._domain = checked(bounce_address or mail_from).rpartition("@")
        around = re.escape(self._local), re.escape(self._domain)
        self._ours = re.compile(rf"(?<![\w.+-]){around[0]}\+({SECRET})@{around[1]}(?![\w.-])", re.IGNORECASE)

    def new(self) -> Envelope:
        if self._everybodys is not None:
            return Envelope(self._everybodys, None)
        secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode().lower()
        return Envelope(f"{self._local}+{secret}@{self._domain}", _sha256(secret))

    def named_in(self, texts: Iterable[str]) -> list[bytes]:
        """The hashes of the secrets in the addresses of ours that are named there."""
        return [_sha256(found.lower()) for text in texts for found in self._ours.findall(text)]


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
