"""FastStream's broker, made to outlast whatever becomes of its connection."""

from __future__ import annotations

import logging

import nats
from faststream.nats import NatsBroker
from nats.aio.client import Client

from services.kit.telemetry import get_logger


class SteadyBroker(NatsBroker):
    """FastStream's, with errors told to nobody but us.

    Its own listener raises what it takes to be final in the middle of a reconnection, which ends there: turned
    away once, by a broker too busy to let it in, the service would live on without ever hearing anything again.
    """

    async def _connect(self) -> Client:
        connection = await nats.connect(**{**self._connection_kwargs, "error_cb": _log_error})
        self.config.connect(connection)
        return connection


def quiet_logger() -> logging.Logger:
    """What FastStream logs is a fault of the plumbing itself; handlers' errors are logged in `settling`."""
    logger = logging.getLogger("laurel.faststream")
    logger.setLevel(logging.WARNING)
    return logger


async def _log_error(error: Exception) -> None:
    # A publish that is not allowed looks like a time-out to the caller: the reason is told here only.
    get_logger().warning("broker_error", error=str(error) or type(error).__name__)
