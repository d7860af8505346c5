"""What webhooks' tables hold about a child: events that can be sent again, and with them their deliveries."""

from __future__ import annotations

from services.kit.holdings import Holding

HOLDINGS = (Holding("event", "events for other systems", ("certificate_id", "student_id")),)
