"""How far a certificate is, as staff read it, and how long the rest takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.mail_queries import GuardianMail, MailedVersion
from contracts.notification import DeliveryState
from contracts.rendering import FailureReason
from contracts.run_queries import RunRow, RunStates
from services.staff.run_stages import Known, Stage, Standing, Tally, duration, goes_on, standing, time_left

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
KEY = ("c1", 1)


def row(state: str, **more: Any) -> RunRow:
    given = {"certificate_id": "c1", "version": 1, "state": state, "printing": False, "printed": False, **more}
    return RunRow.model_validate(given)


def mailed(*states: DeliveryState) -> Known:
    mails = tuple(
        GuardianMail(guardian_id=f"g{n}", state=state, since=NOW, reason="Nobody there." if state == "failed" else None)
        for n, state in enumerate(states)
    )
    version = MailedVersion(certificate_id="c1", version=1, corrected=False, announced=True, mails=mails)
    return Known({KEY}, {KEY: version})


FAILED = row("failed", reason=FailureReason(code="too_long", message="The name does not fit."))


@pytest.mark.parametrize(
    ("of", "known", "expected"),
    [
        (row("issuing"), Known(), Standing("queued")),
        (row("issuing", printing=True), Known(), Standing("printing")),
        (FAILED, Known(), Standing("failed", "The name does not fit.")),
        (row("withdrawn"), Known(), Standing("cancelled")),
        (row("withdrawn", printed=True), Known(), Standing("withdrawn")),
        (row("replaced"), Known(), Standing("replaced")),
        (row("issued"), Known(), Standing("printed", mail_to_come=True)),
        (row("issued"), Known({KEY}), Standing("online", mail_to_come=True)),
        (row("issued"), mailed("queued", "accepted"), Standing("online", mail_to_come=True)),
        (row("issued"), mailed("accepted", "failed"), Standing("mailed", "Nobody there.")),
        (row("issued"), mailed("failed"), Standing("unmailed", "Nobody there.")),
        (row("issued"), mailed(), Standing("online", "No address to mail to.")),
    ],
)
def test_a_row_stands_where_all_three_services_say(of: RunRow, known: Known, expected: Standing) -> None:
    assert standing(of, known, mails_wanted=True) == expected


def test_without_a_mail_a_certificate_is_at_its_end_once_it_is_online() -> None:
    assert standing(row("issued"), Known({KEY}), mails_wanted=False) == Standing("online")


def goes(
    *stages: Stage, started: timedelta = timedelta(0), mail_in: timedelta | None = None, held: bool = True
) -> bool:
    states = RunStates(
        requested_at=NOW - started,
        email="send",
        send_after=NOW + mail_in if mail_in else None,
        rows=(),
        cancelled=False,
        undone=False,
    )
    return goes_on([Standing(stage, mail_to_come=held and stage == "online") for stage in stages], states, NOW)


def test_a_run_goes_on_until_nobody_waits_for_anything_any_more() -> None:
    day, minute = timedelta(days=1), timedelta(minutes=1)
    assert goes("queued", started=day)
    assert goes("online", started=8 * minute, mail_in=2 * minute)
    assert not goes("online", started=day, mail_in=day)
    assert not goes("online", started=day)
    assert not goes("mailed", "failed", "cancelled")
    assert not goes("online", held=False)


def test_what_is_left_is_said_roughly() -> None:
    def left(done: int, rest: int, seconds: float) -> str | None:
        return time_left(done, rest, timedelta(seconds=seconds))

    assert left(2, 100, 10) is None
    assert left(100, 0, 10) is None
    assert left(100, 50, 10) == "a few seconds left"
    assert left(100, 300, 10) == "less than a minute left"
    assert left(100, 500, 10) == "about 1 minute left"
    assert left(100, 1300, 10) == "about 2 minutes left"
    assert left(10, 10_000, 10) == "about 3 hours left"


def test_durations_are_words() -> None:
    assert [duration(seconds) for seconds in (45, 60, 600, 5400)] == [
        "45 seconds",
        "1 minute",
        "10 minutes",
        "90 minutes",
    ]


def test_a_tally_counts_only_what_there_is() -> None:
    tally = Tally.of([Standing("queued"), Standing("failed"), Standing("mailed"), Standing("mailed")])
    assert tally.headline == "2 of 4 certificates done"
    assert tally.counts() == [("queued", "1 queued"), ("mailed", "2 mailed"), ("failed", "1 failed")]


def test_what_was_cancelled_is_no_part_of_the_whole() -> None:
    assert Tally.of([Standing("mailed"), Standing("cancelled")]).headline == "1 of 1 certificate done"
    assert Tally.of([Standing("cancelled")]).headline == "No certificate was issued"
