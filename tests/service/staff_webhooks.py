"""A webhook that is failing, as webhooks tells of it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from contracts.webhook_queries import Delivery, Endpoint, EndpointPage, Endpoints

AT = datetime(2026, 3, 5, 3, 5, tzinfo=UTC)
TYPES = ("certificates.issued", "certificates.withdrawn")
ENDPOINT = Endpoint(
    endpoint_id=str(UUID(int=7)),
    url="https://records.example/<laurel>",
    description="The school's records",
    types=TYPES[:1],
    state="failing",
    failing_since=AT,
    pending=1,
)
ENDPOINTS = Endpoints(endpoints=(ENDPOINT,), types=TYPES)
PAGE = EndpointPage(
    endpoint=ENDPOINT,
    deliveries=(
        Delivery(
            event_id="e1",
            type="certificates.issued",
            at=AT,
            state="pending",
            attempts=2,
            status=500,
            error="It answered 500.",
            next_at=AT,
        ),
    ),
    types=TYPES,
)
