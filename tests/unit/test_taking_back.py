"""Until when a run can be undone, and why it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.progression.taking_back import BEFORE_THE_MAIL, Moved, StartedRun, objections_to_undo, undo_until

START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
HELD = StartedRun(START, mails=True, send_after=START + timedelta(minutes=8), undone=False)
MOVED = Moved("Ana Ngata", "dolphin", "dolphin", "Dolphin", completed_since=False)


@pytest.mark.parametrize(
    ("run", "until"),
    [
        (HELD, HELD.send_after and HELD.send_after - BEFORE_THE_MAIL),
        (replace(HELD, send_after=START + timedelta(days=1)), START + timedelta(minutes=10)),
        (replace(HELD, send_after=None), None),
        (replace(HELD, send_after=None, mails=False), START + timedelta(minutes=10)),
    ],
    ids=["held for less", "held for long", "mailed at once", "not mailed"],
)
def test_until_the_mail_leaves_and_ten_minutes_at_most(run: StartedRun, until: datetime | None) -> None:
    assert undo_until(run) == until


def codes(run: StartedRun, moved: Moved = MOVED, *, after: timedelta = timedelta(0)) -> list[str]:
    return [reason.code for reason in objections_to_undo(run, [moved], START + after)]


def test_each_reason_has_its_code() -> None:
    assert codes(HELD) == []
    assert codes(HELD, after=timedelta(minutes=8)) == ["mail_left"]
    assert codes(replace(HELD, send_after=None)) == ["mail_left"]
    assert codes(replace(HELD, mails=False), after=timedelta(minutes=10)) == ["too_late"]
    assert codes(replace(HELD, undone=True)) == ["already_undone"]
    assert codes(HELD, replace(MOVED, level_now="orca")) == ["student_moved"]
    assert codes(HELD, replace(MOVED, level_now=None)) == ["student_moved"]
    assert codes(HELD, replace(MOVED, completed_since=True)) == ["completed_since"]
