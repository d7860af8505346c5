"""FastStream's broker, made to outlast whatever becomes of its connection."""

from __future__ import annotations

import logging

from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import Header

from services.kit.telemetry import get_logger

ACKNOWLEDGED_AT = b"$JS.ACK."
"""How the reply subject of a message begins that a stream delivers."""


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
