"""When a run's certificates are dated and its families mailed, as it is chosen before the run starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from contracts.commands import RefusalReason
from services.staff.forms import Unusable, text

LONG_AGO = timedelta(days=90)
NO_TIME = "Say when families are to be mailed: choose a day and a time."
TIME_IS_OVER = "The time that families are to be mailed is over. Choose a later one, or mail them now."


@dataclass(frozen=True, slots=True)
class Timing:
    """As typed. `mail`: `soon`, `later` (then at `later_at`, by the school's clock) or `none`."""

    issue_date: str = ""
    mail: str = "soon"
    later_at: str = ""
    kept_date: str = ""
    """An unusual date that was pointed out already."""
    today: str = ""
    """At the students' venue, when the page was made."""

    @classmethod
    def of(cls, form: FormData) -> Self:
        return cls(
            issue_date=text(form, "issue_date"),
            mail=text(form, "mail") or "soon",
            later_at=text(form, "later_at"),
            kept_date=text(form, "kept_date"),
            today=text(form, "today"),
        )

    def options(self, now: datetime, undo_s: int, time_zone: str) -> dict[str, object]:
        """As the command says it. Unusable where a time is wanted and none can be read, or it is over."""
        return {"issue_date": self.issue_date, **self._mailing(now, undo_s, time_zone)}

    def _mailing(self, now: datetime, undo_s: int, time_zone: str) -> dict[str, object]:
        if self.mail == "none":
            return {"email": "none"}
        if self.mail == "later":
            return {"email": "send", "send_after": self._later(now, time_zone).isoformat()}
        if undo_s:
            return {"email": "send", "send_after": (now + timedelta(seconds=undo_s)).isoformat()}
        return {"email": "send"}

    def _later(self, now: datetime, time_zone: str) -> datetime:
        try:
            later = datetime.fromisoformat(self.later_at).replace(tzinfo=ZoneInfo(time_zone))
        except ValueError:
            raise _unusable("no_time", NO_TIME) from None
        if later < now:
            raise _unusable("time_is_over", TIME_IS_OVER)
        return later

    def unusual_date(self) -> str | None:
        """What a person may want to look at again, unless they have."""
        try:
            chosen, today = date.fromisoformat(self.issue_date), date.fromisoformat(self.today)
        except ValueError:
            return None
        if self.kept_date == self.issue_date:
            return None
        if chosen > today:
            return "The issue date is in the future."
        return "The issue date is long ago." if today - chosen > LONG_AGO else None


def _unusable(code: str, message: str) -> Unusable:
    return Unusable((RefusalReason(code=code, message=message, path="later_at"),))
