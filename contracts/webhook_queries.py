"""A school's webhook endpoints: where its public events go over HTTPS, how that goes, and what staff do about it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.base import Body, Instant, MintedId, Name

WebAddress = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
"""As typed. Whether anything may be sent there is said in words."""

EventType = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}\.[a-z_]{1,40}$")]
"""`certificates.issued`: a public event's area and name."""

EndpointState = Literal["active", "failing", "disabled"]
DeliveryProgress = Literal["pending", "delivered", "failed"]


class Endpoint(Body):
    endpoint_id: MintedId
    url: WebAddress
    description: str = ""
    types: tuple[EventType, ...]
    state: EndpointState
    failing_since: Instant | None = None
    disabled_because: str | None = None
    """In words for staff."""
    pending: int
    """Deliveries that wait for their first or next try."""
    delivered_at: Instant | None = None
    """The last time that an event arrived there."""


class Delivery(Body):
    event_id: str
    type: EventType
    at: Instant
    """When the event happened."""
    state: DeliveryProgress
    attempts: int
    status: int | None = None
    """Of the last answer; null: there was none."""
    error: str | None = None
    """Why the last try did not count, in words."""
    next_at: Instant | None = None
    """When it is tried next."""


# --- webhooks.query.endpoints


class Endpoints(Body):
    endpoints: tuple[Endpoint, ...]
    types: tuple[EventType, ...]
    """Those that can be chosen."""


# --- webhooks.query.endpoint


class AskEndpoint(Body):
    endpoint_id: MintedId


class EndpointPage(Body):
    endpoint: Endpoint
    deliveries: tuple[Delivery, ...]
    """The newest fifty."""
    types: tuple[EventType, ...]


# --- webhooks.query.put_endpoint


class PutEndpoint(Body):
    """A new one, or another address and other events for the one with this id."""

    endpoint_id: MintedId
    url: WebAddress
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    types: Annotated[tuple[EventType, ...], Field(min_length=1, max_length=50)]
    requested_by: Name


class EndpointChanged(Body):
    endpoint: Endpoint
    secret: str | None = None
    """`whsec_…`, told this once: where the endpoint is new, or was given another one."""
    queued: int = 0
    """So many events are on their way because of it."""


# --- webhooks.query.act_on_endpoint


class ActOnEndpoint(Body):
    """`rotate`: a new secret; for a day each delivery is signed with the one before, too."""

    endpoint_id: MintedId
    act: Literal["enable", "disable", "rotate", "test", "replay"]
    since: Instant | None = None
    """For `replay`: everything from then on is sent again."""
    requested_by: Name
