"""How far each certificate of a run is, in the words that staff read. Pure: no IO, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from contracts.mail_queries import GuardianMail, MailedVersion
from contracts.run_queries import RunRow, RunStates

Stage = Literal[
    "queued", "printing", "printed", "online", "mailed", "unmailed", "failed", "cancelled", "withdrawn", "replaced"
]
Key = tuple[str, int]
"""certificate_id, version"""

WORDS: dict[Stage, str] = {
    "queued": "Queued",
    "printing": "Being printed",
    "printed": "Printed",
    "online": "Online",
    "mailed": "Mailed",
    "unmailed": "Mail not delivered",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "withdrawn": "Withdrawn",
    "replaced": "Replaced",
}
NOT_PRINTED: Collection[Stage] = ("queued", "printing")
ON_ITS_WAY: Collection[Stage] = (*NOT_PRINTED, "printed")
"""What goes on within seconds, if all is well."""

UNDELIVERED = ("failed", "suppressed", "unknown")
IN_THE_MAIL = ("held", "queued", "sending")
SOON = timedelta(minutes=15)
"""Whoever looks at a run waits so long for its mail; for a mail of tomorrow nobody does."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one certificate stands. `reason`: what went wrong, for people."""

    stage: Stage
    reason: str | None = None
    mail_to_come: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What portal and notification have said so far."""

    online: Collection[Key] = ()
    mails: Mapping[Key, MailedVersion] | None = None


def standing(row: RunRow, known: Known, *, mails_wanted: bool) -> Standing:
    if row.state == "issuing":
        return Standing("printing" if row.printing else "queued")
    if row.state == "failed":
        return Standing("failed", row.reason.message if row.reason else None)
    if row.state == "withdrawn":
        return Standing("withdrawn" if row.printed else "cancelled")
    if row.state == "replaced":
        return Standing("replaced")
    key = (row.certificate_id, row.version)
    if key not in known.online:
        return Standing("printed", mail_to_come=mails_wanted)
    mailed = (known.mails or {}).get(key)
    if not mails_wanted or mailed is None or not mailed.announced:
        return Standing("online", mail_to_come=mails_wanted)
    return _by_mail(mailed.mails)


def _by_mail(mails: Sequence[GuardianMail]) -> Standing:
    """Mailed as soon as one guardian is; whoever could not be reached is told of beside it."""
    lost = next((mail.reason for mail in mails if mail.state in UNDELIVERED), None)
    if any(mail.state in IN_THE_MAIL for mail in mails):
        return Standing("online", lost, mail_to_come=True)
    if any(mail.state == "accepted" for mail in mails):
        return Standing("mailed", lost)
    if any(mail.state in UNDELIVERED for mail in mails):
        return Standing("unmailed", lost)
    return Standing("online", None if mails else "No address to mail to.")


def goes_on(standings: Collection[Standing], states: RunStates, now: datetime) -> bool:
    """Something will change that whoever looks at the run waits for."""
    if any(each.stage in NOT_PRINTED for each in standings):
        return True
    is_near = any(abs(moment - now) < SOON for moment in (states.requested_at, states.send_after) if moment)
    return is_near and any(each.stage == "printed" or each.mail_to_come for each in standings)


@dataclass(frozen=True, slots=True)
class Tally:
    """Of a run's certificates, how many are where."""

    stages: Counter[Stage]

    @classmethod
    def of(cls, standings: Collection[Standing]) -> Tally:
        return cls(Counter(each.stage for each in standings))

    @property
    def total(self) -> int:
        """Of those that are wanted."""
        return self.stages.total() - self.stages["cancelled"]

    @property
    def done(self) -> int:
        return self.total - self.unprinted - self.stages["failed"]

    @property
    def unprinted(self) -> int:
        return sum(self.stages[stage] for stage in NOT_PRINTED)

    @property
    def headline(self) -> str:
        if not self.total:
            return "No certificate was issued"
        return f"{self.done} of {self.total} {'certificate' if self.total == 1 else 'certificates'} done"

    def counts(self) -> list[tuple[Stage, str]]:
        """`3 queued`, `1 failed`: only where there are any."""
        return [(stage, f"{self.stages[stage]} {WORDS[stage].lower()}") for stage in WORDS if self.stages[stage]]


def time_left(done: int, left: int, taken: timedelta) -> str | None:
    """`about 2 minutes left`, at the pace so far; None where it is too early to tell, or nothing is left."""
    if not left or done < 3 or taken < timedelta(seconds=2):
        return None
    seconds = taken.total_seconds() / done * left
    if seconds < 15:
        return "a few seconds left"
    if seconds < 50:
        return "less than a minute left"
    return f"about {duration(max(60, round(seconds)))} left"


def duration(seconds: int) -> str:
    """`10 minutes`, `2 hours`, `45 seconds`."""
    if seconds < 60:
        return _counted(seconds, "second")
    return _counted(round(seconds / 60), "minute") if seconds < 7200 else _counted(round(seconds / 3600), "hour")


def _counted(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"
