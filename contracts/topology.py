"""Streams and durables, as data. `services.kit.provision` is the one place that makes them so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Stream:
    name: str
    subjects: tuple[str, ...]
    retention: Literal["workqueue", "limits"]
    max_age_s: int = 0
    """0: kept until acknowledged."""


@dataclass(frozen=True, slots=True)
class Durable:
    """A consumer that outlives its processes. Every process of the service pulls from the same one."""

    service: str
    purpose: str
    stream: str
    subjects: tuple[str, ...]
    ack_wait_s: float = 15.0
    """What a killed process had in hand comes back after this; who still works on it says so three times as often."""
    max_ack_pending: int = 1000

    @property
    def name(self) -> str:
        return f"{self.service}-{self.purpose}"


@dataclass(frozen=True, slots=True)
class Reader(Durable):
    """One of the durables through which a school's own systems read their school's events: `service` is the school.

    They are made for the school, which may not make any: whoever makes a consumer says what it reads and where it goes,
    and the broker asks nobody's permission for that.
    """

    @property
    def name(self) -> str:
        # An id has no `@`: no two schools' readers have one name, nor a school's and a service's.
        return f"{self.purpose}@{self.service}"


# Not `*.cmd.>`: that would overlap the broker's own `$JS.>`, which it refuses for a stream that acknowledges.
COMMANDS = Stream("COMMANDS", ("roster.cmd.>", "progress.cmd.>", "certificates.cmd.>"), "workqueue")
EVENTS = Stream("EVENTS", ("certificates.evt.>", "progress.evt.>", "commands.evt.>"), "limits", 30 * DAY)
INTERNAL = Stream(
    "INTERNAL", ("rendering.evt.>", "portal.evt.>", "notification.evt.>", "webhooks.evt.>"), "limits", 7 * DAY
)
DEAD_LETTERS = Stream("DEAD_LETTERS", ("dead.>",), "limits", 30 * DAY)

STREAMS = (COMMANDS, EVENTS, INTERNAL, DEAD_LETTERS)

READER_ACK_WAIT_S = 30.0
"""The usual one: other systems do not say that they still work on it."""
ORDERED_ACK_WAIT_S = 10.0
"""Short: what a killed process had in hand comes back after this long, and its successors wait for it."""

# One durable for roster and marks, so that a student put and then marked is known when the mark is read.
PROGRESSION_COMMANDS = Durable(
    "progression", "commands", COMMANDS.name, ("roster.cmd.>", "progress.cmd.>"), ack_wait_s=ORDERED_ACK_WAIT_S
)
# Apart from them, so that nobody waits for a certificate behind a night's marks.
PROGRESSION_CERTIFICATES = Durable(
    "progression",
    "certificates",
    COMMANDS.name,
    (
        "certificates.cmd.start_generation.>",
        "certificates.cmd.issue_ad_hoc.>",
        "certificates.cmd.withdraw.>",
        "certificates.cmd.reissue.>",
        "certificates.cmd.decline_correction.>",
        "certificates.cmd.retry.>",
        "certificates.cmd.mark_presented.>",
        "certificates.cmd.cancel_run.>",
        "certificates.cmd.undo_run.>",
        "certificates.cmd.retry_dead_letter.>",
        "certificates.cmd.drop_dead_letter.>",
    ),
    ack_wait_s=ORDERED_ACK_WAIT_S,
)
PROGRESSION_RENDERINGS = Durable("progression", "renderings", INTERNAL.name, ("rendering.evt.>",))
PROGRESSION_MAILS = Durable("progression", "mails", INTERNAL.name, ("notification.evt.resent.>",))
PROGRESSION_ERASURES = Durable(
    "progression",
    "erasures",
    INTERNAL.name,
    ("portal.evt.erased.>", "notification.evt.erased.>", "webhooks.evt.erased.>"),
)
PROGRESSION_REQUESTS = Durable("progression", "requests", INTERNAL.name, ("portal.evt.correction_requested.>",))
RENDERING_ISSUE = Durable("rendering", "issue", COMMANDS.name, ("certificates.cmd.issue.>",))
RENDERING_ERASURES = Durable("rendering", "erasures", EVENTS.name, ("certificates.evt.erased.>",))
NOTIFICATION_ERASURES = Durable("notification", "erasures", EVENTS.name, ("certificates.evt.erased.>",))
PORTAL_CERTIFICATES = Durable("portal", "certificates", EVENTS.name, ("certificates.evt.>",))
PORTAL_CORRECTIONS = Durable("portal", "corrections", INTERNAL.name, ("portal.evt.correction_answered.>",))
NOTIFICATION_PUBLISHED = Durable("notification", "published", INTERNAL.name, ("portal.evt.published.>",))
NOTIFICATION_CORRECTIONS = Durable(
    "notification",
    "corrections",
    EVENTS.name,
    ("certificates.evt.withdrawn.>", "certificates.evt.replaced.>"),
)
NOTIFICATION_FAMILIES = Durable(
    "notification",
    "families",
    INTERNAL.name,
    ("portal.evt.link_requested.>", "portal.evt.mails_chosen.>", "portal.evt.mails_chosen_by_link.>"),
)
NOTIFICATION_COMMANDS = Durable("notification", "commands", COMMANDS.name, ("certificates.cmd.resend_mail.>",))

WEBHOOKS_EVENTS = Durable("webhooks", "events", EVENTS.name, ("certificates.evt.>", "progress.evt.>"))

DURABLES = (
    PROGRESSION_COMMANDS,
    PROGRESSION_CERTIFICATES,
    PROGRESSION_RENDERINGS,
    PROGRESSION_MAILS,
    PROGRESSION_ERASURES,
    PROGRESSION_REQUESTS,
    RENDERING_ISSUE,
    RENDERING_ERASURES,
    PORTAL_CERTIFICATES,
    PORTAL_CORRECTIONS,
    NOTIFICATION_PUBLISHED,
    NOTIFICATION_CORRECTIONS,
    NOTIFICATION_FAMILIES,
    NOTIFICATION_COMMANDS,
    NOTIFICATION_ERASURES,
    WEBHOOKS_EVENTS,
)


READERS = ("school",)
"""What a school's readers are called where operations name no others."""


def readers_of(school_id: str, names: Sequence[str] = READERS) -> tuple[Reader, ...]:
    """Each hears all events of the school, and of no other, however long it was away: `EVENTS` keeps them a month."""
    subjects = tuple(f"{kept.removesuffix('>')}*.*.{school_id}" for kept in EVENTS.subjects)
    return tuple(Reader(school_id, name, EVENTS.name, subjects, ack_wait_s=READER_ACK_WAIT_S) for name in names)


def stream_of(subject: str) -> Stream:
    """The stream that keeps this subject. KeyError where none does."""
    for stream in STREAMS:
        if any(subject.startswith(pattern.removesuffix(">")) for pattern in stream.subjects):
            return stream
    raise KeyError(subject)
