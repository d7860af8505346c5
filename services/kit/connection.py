"""FastStream's broker, made to outlast whatever becomes of its connection."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import nats.errors
from faststream.nats import NatsBroker
from faststream.security import BaseSecurity
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import Header

from services.kit.telemetry import get_logger

ACKNOWLEDGED_AT = b"$JS.ACK."
"""How the reply subject of a message begins that a stream delivers."""


class NotEncrypted(nats.errors.Error):
    """Nothing was said that should not be heard; the text tells why."""


class SteadyBroker(NatsBroker):
    """FastStream's, with errors told to nobody but us.

    Its own listener raises what it takes to be final in the middle of a reconnection, which ends there: turned
    away once, by a broker too busy to let it in, the service would live on without ever hearing anything again.
    """

    async def _connect(self) -> Client:
        connection = SteadyClient()
        await connection.connect(**{**self._connection_kwargs, "error_cb": _log_error})
        self.config.connect(connection)
        return connection


class SteadyClient(Client):
    """NATS's, made to hear whatever anybody says.

    Its own ends its reading for good, and without a word, at a header block or a subject that it cannot take apart:
    one such message in a stream would silence every service that it is delivered to, again after every start.
    """

    def _connect_command(self) -> bytes:
        # Its own says its password in the clear to a broker, or to who speaks in its place, that offers no TLS.
        assert self._current_server is not None
        if self._current_server.uri.scheme == "tls" and not self._server_info.get("tls_required"):
            raise NotEncrypted("tls:// was asked for, and the broker offers no TLS")
        command: bytes = super()._connect_command()
        return command

    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        try:
            found: dict[str, str] | None = await super()._process_headers(headers)
        except (IndexError, UnicodeDecodeError):
            return None
        return found

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg:
        # What a stream delivers is never a word of the broker's own, and would be passed over if it looked like one.
        if headers and reply.startswith(ACKNOWLEDGED_AT):
            headers.pop(Header.STATUS, None)
        readable = subject.decode(errors="replace").encode()
        message: Msg = super()._build_message(sid, readable, reply, data, headers)
        return message


def quiet_logger() -> logging.Logger:
    """What FastStream logs is a fault of the plumbing itself; handlers' errors are logged in `settling`."""
    logger = logging.getLogger("laurel.faststream")
    logger.setLevel(logging.WARNING)
    return logger


async def _log_error(error: Exception) -> None:
    # A publish that is not allowed looks like a time-out to the caller: the reason is told here only.
    get_logger().warning("broker_error", error=str(error) or type(error).__name__)


def secured(url: str, ca_file: Path | None) -> BaseSecurity | None:
    """For `tls://`: believes the authorities in `ca_file` (PEM) alone, else the system's. OSError: it holds none."""
    return BaseSecurity(ssl_context=trusting(ca_file)) if url.startswith("tls://") else None


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def why(error: Exception) -> str:
    """Of a connection that could not be made. What TLS says holds no secret; other texts may hold an address."""
    return (
        f"{type(error).__name__}: {error}" if isinstance(error, (ssl.SSLError, NotEncrypted)) else type(error).__name__
    )
