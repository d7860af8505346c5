"""Secrets that stand in links: 256 bits each, kept only as their SHA-256."""

from __future__ import annotations

import hashlib
import secrets


def mint() -> str:
    """A fresh token, safe in a URL's path."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> bytes:
    """What is stored and looked up. So long a random secret needs no slow hash."""
    return hashlib.sha256(secret.encode()).digest()
