"""Which addresses something may be sent to: who types one must not reach into the network that Laurel runs in."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TypeAlias

import httpx

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
WRAPPED = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2002::/16"),
)
"""IPv6 addresses with an IPv4 address inside, which a gateway would go to."""


class Forbidden(Exception):
    """Nothing may be sent there; the text says why."""


class Unresolved(Exception):
    """The name has no address now."""


class Targets:
    def __init__(self, private_too: bool) -> None:
        self._private_too = private_too

    def read(self, typed: str) -> httpx.URL:
        """Forbidden where the address itself says that it cannot be. Where its name leads is looked at each time."""
        try:
            url = httpx.URL(typed)
        except (httpx.InvalidURL, UnicodeError):
            raise Forbidden("This is no web address.") from None
        if url.scheme not in ("https", "http") or not url.host:
            raise Forbidden("The address has to begin with https:// and a name.")
        if url.userinfo or url.fragment:
            raise Forbidden("The address may have no user name, password or #part in it.")
        if url.scheme == "http" and not (self._private_too and _is_loopback(url.host)):
            raise Forbidden("The address has to begin with https://, so that nobody on the way can read along.")
        if (literal := _literal(url.host)) is not None:
            self._check(literal)
        return url

    async def address_of(self, url: httpx.URL) -> str:
        """The IP address to connect to, and no other: asked again, the name might lead elsewhere."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                url.host, url.port or (443 if url.scheme == "https" else 80), type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError):
            raise Unresolved("There is no computer of this name.") from None
        addresses = [str(each[4][0]).partition("%")[0] for each in found]
        for address in addresses:
            self._check(ipaddress.ip_address(address))
        return addresses[0]

    def _check(self, address: Address) -> None:
        if not (self._private_too or _is_public(address)):
            raise Forbidden("The address leads into the network that Laurel runs in.")


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if any(address in network for network in WRAPPED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" or (literal is not None and literal.is_loopback)
