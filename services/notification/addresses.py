"""E-mail addresses, as far as a mail server will take them."""

from __future__ import annotations

import hashlib
from email.errors import HeaderParseError
from email.headerregistry import Address
from functools import lru_cache


@lru_cache(maxsize=1000)
def checked(address: str) -> str:
    """The address itself. ValueError, in words for staff, where it cannot be one."""
    if not address.isascii():
        raise ValueError("The e-mail address has letters that mail servers do not take.")
    try:
        return Address(addr_spec=address).addr_spec
    except (HeaderParseError, IndexError, ValueError) as error:
        raise ValueError("The e-mail address cannot be right.") from error


def why_unusable(address: str) -> str | None:
    """What is wrong with an address, in words for staff; None where nothing is."""
    try:
        checked(address)
    except ValueError as error:
        return str(error)
    return None


def address_hash(address: str) -> bytes:
    """How a suppressed address is remembered."""
    return hashlib.sha256(address.strip().lower().encode()).digest()


def domain_hash(address: str) -> bytes:
    """How the domain of an address is remembered: a family's own domain names the family."""
    return hashlib.sha256(address.rpartition("@")[2].strip().lower().encode()).digest()
