"""How the mails stand, for whoever looks after Laurel."""

from __future__ import annotations

from prometheus_client import Gauge

from services.kit.broker import Bus
from services.kit.postgres import Database, load_queries
from services.kit.watching import Look


def mails_of(database: Database, bus: Bus) -> Look:
    """For how long the mail that is due longest has waited; that of a run which may still be undone is not due."""
    queries = load_queries("services.notification")
    oldest = Gauge(
        "laurel_oldest_due_mail_seconds",
        "For how long the mail that is due longest has been due; 0: none is",
        registry=bus.metrics.registry,
    )
    waiting = Gauge("laurel_mails_due", "Mails that are due and have not left", registry=bus.metrics.registry)

    async def look() -> None:
        due = await queries.due_digests(database.pool)
        waiting.set(due["digests"])
        oldest.set(due["oldest_s"] or 0)

    return look
