"""progression as its neighbours see it: commands in, events and answers out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import nats
import pytest

from contracts.rendering import LayoutField
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.school import INBOX, SchoolSystem
from tests.service.progression_world import PORTAL, UNPRINTABLE, World, progression_world


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[World]:
    async with progression_world(nats_server, database, school) as world:
        yield world


# --- marks and pending progressions


async def test_a_level_is_complete_when_every_tick_is_set_and_every_scale_is_at_100(world: World) -> None:
    await world.mark("ana", swim=99)
    almost = await world.mark("ana", swim=99)
    assert await world.settled(almost) == "accepted"
    assert await world.pending_ids() == set()

    progression_id = await world.complete("ana")
    [row] = (await world.pending())["certificates"]
    assert row["progression_id"] == progression_id
    assert row["student"]["name"] == "Ana Ngata"
    assert row["level"] == {"level_id": "seahorse", "name": "Seahorse"}
    assert row["teacher"] == {"teacher_id": "t1", "name": "Tama Walker"}
    assert row["completed_on"] == "2026-11-20"
    assert row["layout"]["shows_notes"] is True
    [change] = (await world.pending())["level_changes"]
    assert change["to_level"]["name"] == "Dolphin"


async def test_an_unmarked_skill_takes_the_pending_progression_away_again(world: World) -> None:
    progression_id = await world.complete("ana")
    await world.mark("ana", float=False)
    await world.school.event("progress.evt.level_reopened", progression_id=progression_id)
    assert await world.pending_ids() == set()
    await world.mark("ana", float=True)

    async def pending_anew() -> bool:
        return len(await world.pending_ids()) == 1

    assert await world.school.until(pending_anew)


async def test_what_was_issued_stays_issued_whatever_is_marked_later(world: World) -> None:
    progression_id = await world.complete("ana")
    await world.run("r1", [{"progression_id": progression_id}])
    await world.school.event("certificates.evt.issued")
    assert await world.settled(await world.mark("ana", float=False)) == "accepted"
    assert await world.settled(await world.mark("ana")) == "accepted"
    assert world.school.events("progress.evt.level_reopened") == []
    assert len(world.school.events("progress.evt.level_completed")) == 1
    assert len((await world.pending())["level_changes"]) == 1


async def test_a_student_of_another_level_does_not_complete_by_marks_given_ahead(world: World) -> None:
    assert await world.settled(await world.mark("ana", "dolphin")) == "accepted"
    assert await world.pending_ids() == set()


async def test_marks_given_ahead_complete_the_level_once_the_student_is_in_it(world: World) -> None:
    await world.mark("ana", "dolphin")
    progression_id = await world.complete("ana")
    await world.run("r1", [], level_changes=[progression_id])
    await world.school.event("progress.evt.level_changed", from_level_id="seahorse", to_level_id="dolphin")
    await world.school.event("progress.evt.level_completed", level_id="dolphin")


async def test_a_level_without_a_layout_is_shown_as_blocked_with_its_reason(world: World) -> None:
    await world.put_student("kai", "orca")
    progression_id = await world.complete("kai", "orca")
    [row] = (await world.pending())["certificates"]
    assert row["blocked"]["code"] == "no_layout"
    assert "Orca has no certificate layout" in row["blocked"]["message"]
    summary = await world.school.ask("progression.query.summary")
    assert summary == {"certificates_to_issue": 1, "level_progressions": 0, "blocked": 1}
    [reason] = await world.school.refusal(await world.run("r1", [{"progression_id": progression_id}]))
    assert (reason["code"], reason["path"]) == ("no_layout", "certificates.0.progression_id")


async def test_a_new_skill_reopens_what_nobody_has_acted_on(world: World) -> None:
    progression_id = await world.complete("ana")
    skills = [{"skill_id": s, "name": s, "kind": "tick"} for s in ("float", "dive")]
    body = {"level_id": "seahorse", "name": "Seahorse", "position": 1, "skills": skills}
    await world.school.command("roster.cmd.put_level", body)
    await world.school.event("progress.evt.level_reopened", progression_id=progression_id)


async def test_a_mark_that_comes_late_takes_the_place_of_no_newer_one(world: World) -> None:
    for at, swims in (("2026-11-20T04:10:00Z", 100), ("2026-11-20T04:02:00Z", 60), ("2026-11-20T04:10:00Z", 95)):
        late = await world.mark("ana", swim=swims, float=swims == 100, marked_at=at, teacher_id="t2")
        assert await world.settled(late) == "accepted"
    # Of the same moment the last counts; one that does not say when counts at once; no clock is ahead of ours.
    page = await world.school.ask("progression.query.student", {"student_id": "ana"})
    assert [skill["value"] for skill in page["progress"]["skills"]] == [False, 95]
    await world.settled(await world.mark("ana", swim=50, marked_at="2126-11-20T04:10:00Z"))
    assert await world.settled(await world.mark("ana", swim=40)) == "accepted"
    page = await world.school.ask("progression.query.student", {"student_id": "ana"})
    assert [skill["value"] for skill in page["progress"]["skills"]] == [True, 40]


async def test_a_students_levels_say_what_became_of_them(world: World) -> None:
    progression_id = await world.complete("ana")
    student = {"student_id": "ana"}
    [waiting] = (await world.school.ask("progression.query.student", student))["levels"]
    assert waiting == {
        "progression_id": progression_id,
        "level": {"level_id": "seahorse", "name": "Seahorse"},
        "completed_on": "2026-11-20",
    }
    await world.run("r1", [{"progression_id": progression_id}], level_changes=[progression_id])
    issued = await world.school.event("certificates.evt.issued")
    page = await world.school.ask("progression.query.student", student)
    [done] = page["levels"]
    assert (done["certificate_id"], done["number"]) == (issued["certificate_id"], issued["number"])
    assert done["to_level"]["name"] == "Dolphin"
    assert done["moved_at"]
    assert page["mail_to"] == [{"guardian_id": "g1", "name": "Mere Ngata", "has_address": True}]


# --- runs


async def test_a_run_issues_what_is_selected_and_leaves_the_rest_pending(world: World) -> None:
    await world.put_student("kai")
    ana, kai = await world.complete("ana"), await world.complete("kai")
    notes = {"progression_id": ana, "notes": "A brave swimmer"}
    await world.run("r1", [notes], level_changes=[ana], issue_date="2026-11-25")
    issued = await world.school.event("certificates.evt.issued")
    assert issued["recipient_name"] == "Ana Ngata"
    assert issued["number"] == "2026-000001"
    assert issued["issued_on"] == "2026-11-25"
    assert issued["run_id"] == "r1"
    assert issued["progression_id"] == ana
    assert issued["verify_url"].startswith(f"{PORTAL}/verify/")
    [printed] = world.rendering.asked
    assert printed.fields == {
        "recipient_name": "Ana Ngata",
        "level_name": "Seahorse",
        "title": "Seahorse",
        "issued_on": "25 November 2026",
        "teacher_name": "Tama Walker",
        "notes": "A brave swimmer",
        "school_name": "Kauri Coast Swim School",
        "number": "2026-000001",
        "verify_url": issued["verify_url"],
    }
    await world.school.event("progress.evt.level_changed", progression_id=ana, to_level_id="dolphin")
    assert await world.pending_ids() == {kai}
    run = await world.school.ask("progression.query.run", {"run_id": "r1"})
    assert [row["state"] for row in run["certificates"]] == ["issued"]
    assert [row["to_level"]["name"] for row in run["level_changes"]] == ["Dolphin"]


async def test_a_repeated_command_issues_one_certificate(world: World) -> None:
    progression_id = await world.complete("ana")
    selected = [{"progression_id": progression_id}]
    body = {"run_id": "r1", "requested_by": "Office", "certificates": selected, "level_changes": []}
    for _ in range(3):
        await world.school.command("certificates.cmd.start_generation", body, command_id="the-same-id")
    await world.school.event("certificates.evt.issued")
    later = await world.put_student("kai")
    assert await world.settled(later) == "accepted"
    assert len(world.rendering.asked) == 1
    assert world.school.events("commands.evt.refused") == []


async def test_a_repeated_answer_of_rendering_is_one_issued_event(world: World) -> None:
    await world.run("r1", [{"progression_id": await world.complete("ana")}])
    issued = await world.school.event("certificates.evt.issued")
    for _ in range(3):
        await world.rendering.say_rendered(issued["certificate_id"], 1)
    await world.run("r2", [], level_changes=[issued["progression_id"]])
    await world.school.event("progress.evt.level_changed")
    assert len(world.school.events("certificates.evt.issued")) == 1


async def test_two_runs_of_the_same_progression_issue_it_once_and_the_second_hears_why_not(world: World) -> None:
    progression_id = await world.complete("ana")
    await world.run("r1", [{"progression_id": progression_id}])
    [reason] = await world.school.refusal(await world.run("r2", [{"progression_id": progression_id}]))
    assert reason["code"] == "already_issued"
    await world.school.event("certificates.evt.issued")
    assert len(world.rendering.asked) == 1


async def test_one_bad_selection_refuses_the_run_whole_and_changes_nothing(world: World) -> None:
    await world.put_student("kai", "dolphin")
    ana, kai = await world.complete("ana"), await world.complete("kai", "dolphin")
    bad = {"progression_id": kai, "notes": "This layout shows none"}
    reasons = await world.school.refusal(await world.run("r1", [{"progression_id": ana}, bad]))
    assert [(reason["code"], reason["path"]) for reason in reasons] == [("notes_not_shown", "certificates.1.notes")]
    assert await world.pending_ids() == {ana, kai}
    assert world.rendering.asked == []
    assert "error" in await world.school.ask("progression.query.run", {"run_id": "r1"})


async def test_a_student_who_was_moved_by_hand_is_not_moved_again(world: World) -> None:
    progression_id = await world.complete("ana")
    assert await world.settled(await world.put_student("ana", "orca")) == "accepted"
    pending = await world.pending()
    assert [len(pending["certificates"]), len(pending["level_changes"])] == [1, 0]
    assert (await world.school.ask("progression.query.summary"))["level_progressions"] == 0
    [reason] = await world.school.refusal(await world.run("r1", [], level_changes=[progression_id]))
    assert (reason["code"], reason["path"]) == ("student_moved", "level_changes.0")


async def test_the_run_may_name_another_teacher(world: World) -> None:
    progression_id = await world.complete("ana")
    await world.run("r1", [{"progression_id": progression_id, "teacher_id": "t2"}])
    issued = await world.school.event("certificates.evt.issued")
    assert (issued["teacher_id"], issued["teacher_name"]) == ("t2", "Lucy Chen")


async def test_the_certificate_carries_the_date_of_the_students_venue(world: World) -> None:
    await world.put_student("kai", venue_id="perth")
    await world.run("r1", [{"progression_id": await world.complete("kai")}])
    issued = await world.school.event("certificates.evt.issued")
    assert issued["issued_on"] == datetime.now(UTC).astimezone(ZoneInfo("Australia/Perth")).date().isoformat()


async def test_a_certificate_that_cannot_be_rendered_says_why_and_spoils_no_other(world: World) -> None:
    await world.put_student("kai", given_name=UNPRINTABLE)
    selected = [{"progression_id": await world.complete(student)} for student in ("kai", "ana")]
    await world.run("r1", selected)
    await world.school.event("certificates.evt.issued", recipient_name="Ana Ngata")

    async def failed_row() -> dict[str, object] | None:
        run = await world.school.ask("progression.query.run", {"run_id": "r1"})
        return next((row for row in run["certificates"] if row["state"] == "failed"), None)

    row = await world.school.until(failed_row)
    assert row["reason"]["message"] == "The name does not fit."


async def test_a_level_that_issues_by_itself_needs_no_button(world: World) -> None:
    await world.put_level("seahorse", 1, next_level_id="dolphin", layout_id="plain", auto_issue=True)
    await world.mark("ana")
    issued = await world.school.event("certificates.evt.issued")
    assert issued["level_name"] == "Seahorse"
    await world.school.event("progress.evt.level_changed", to_level_id="dolphin")
    assert (await world.pending()) == {"certificates": [], "level_changes": []}


# --- ad hoc, corrections


async def test_an_ad_hoc_certificate_needs_no_level(world: World) -> None:
    body = {
        "certificate_id": "c1",
        "student_id": "ana",
        "layout_id": "noted",
        "teacher_id": "t2",
        "title": "Encouragement Certificate",
        "notes": "For trying again",
        "requested_by": "Office",
    }
    for _ in range(2):
        await world.school.command("certificates.cmd.issue_ad_hoc", body, command_id="once")
    issued = await world.school.event("certificates.evt.issued")
    assert (issued["kind"], issued["title"], issued["certificate_id"]) == ("ad_hoc", "Encouragement Certificate", "c1")
    assert "level_id" not in issued
    [reason] = await world.school.refusal(await world.school.command("certificates.cmd.issue_ad_hoc", body))
    assert reason["code"] == "certificate_exists"
    page = await world.school.ask("progression.query.student", {"student_id": "ana"})
    assert [row["title"] for row in page["certificates"]] == ["Encouragement Certificate"]


async def test_a_reissue_is_a_new_version_that_replaces_the_old(world: World) -> None:
    await world.run("r1", [{"progression_id": await world.complete("ana"), "notes": "Well swum"}])
    first = await world.school.event("certificates.evt.issued", version=1)
    changes = {"recipient_name": "Anahera Ngata"}
    body = {"certificate_id": first["certificate_id"], "reason": "name", "requested_by": "Office", "changes": changes}
    await world.school.command("certificates.cmd.reissue", body)
    second = await world.school.event("certificates.evt.issued", version=2)
    assert second["recipient_name"] == "Anahera Ngata"
    assert (second["number"], second["verify_url"]) == (first["number"], first["verify_url"])
    assert world.rendering.asked[-1].fields["notes"] == "Well swum"
    replaced = await world.school.event("certificates.evt.replaced")
    assert (replaced["version"], replaced["by_version"]) == (1, 2)
    register = await world.school.ask("progression.query.certificate", {"certificate_id": first["certificate_id"]})
    assert [(v["version"], v["state"]) for v in register["versions"]] == [(2, "issued"), (1, "replaced")]
    assert (register["level"]["name"], register["next_level_name"]) == ("Seahorse", "Dolphin")
    await world.settled(await world.put_level("seahorse", 1, layout_id="noted"))
    register = await world.school.ask("progression.query.certificate", {"certificate_id": first["certificate_id"]})
    assert "next_level_name" not in register


async def test_a_withdrawn_certificate_says_so_and_cannot_be_reissued(world: World) -> None:
    await world.run("r1", [{"progression_id": await world.complete("ana")}])
    issued = await world.school.event("certificates.evt.issued")
    body = {"certificate_id": issued["certificate_id"], "reason": "by mistake", "requested_by": "Office"}
    await world.school.command("certificates.cmd.withdraw", body)
    await world.school.event("certificates.evt.withdrawn", certificate_id=issued["certificate_id"], version=1)
    [reason] = await world.school.refusal(await world.school.command("certificates.cmd.reissue", body))
    assert reason["code"] == "withdrawn"


async def test_certificates_of_one_family_and_run_share_a_mail(world: World) -> None:
    await world.put_student("kai")
    selected = [{"progression_id": await world.complete(student)} for student in ("kai", "ana")]
    await world.run("r1", selected)
    issued = await world.school.event("certificates.evt.issued")
    register = await world.school.ask("progression.query.certificate", {"certificate_id": issued["certificate_id"]})
    assert len(register["mailed_together"]) == 2


async def test_certificates_are_counted_week_by_week_each_once_and_none_that_was_withdrawn(world: World) -> None:
    await world.run("r1", [{"progression_id": await world.complete("ana")}])
    issued = await world.school.event("certificates.evt.issued", version=1)
    body = {"certificate_id": issued["certificate_id"], "reason": "name", "requested_by": "Office"}
    await world.school.command("certificates.cmd.reissue", body)
    await world.school.event("certificates.evt.replaced")
    weeks = (await world.school.ask("progression.query.weeks", {"weeks": 3}))["weeks"]
    mondays = [date.fromisoformat(week["begins_on"]) for week in weeks]
    today = datetime.now(ZoneInfo("Pacific/Auckland")).date()
    assert [monday.weekday() for monday in mondays] == [0, 0, 0]
    assert timedelta(0) <= today - mondays[-1] <= timedelta(days=7)
    assert sum(week["certificates"] for week in weeks) == 1
    await world.school.command("certificates.cmd.withdraw", body)
    await world.school.event("certificates.evt.withdrawn", version=2)
    weeks = (await world.school.ask("progression.query.weeks"))["weeks"]
    assert (len(weeks), sum(week["certificates"] for week in weeks)) == (26, 0)


async def test_a_layout_of_an_older_version_never_hides_a_newer_one(world: World) -> None:
    await world.rendering.publish_layout("plain", "Plain, with notes", LayoutField(name="notes"), version=3)
    await world.rendering.publish_layout("plain", "Plain", version=2)
    await world.put_student("kai", "dolphin")
    await world.complete("kai", "dolphin")

    async def newest() -> bool:
        [row] = (await world.pending())["certificates"]
        return bool(row["layout"]["layout_version"] == 3)

    assert await world.school.until(newest)


# --- bad input


GOOD_MARKS = {
    "student_id": "ana",
    "level_id": "seahorse",
    "teacher_id": "t1",
    "marked_on": "2026-11-20",
    "marks": [{"skill_id": "swim", "value": 100}],
}
GOOD_AD_HOC = {
    "certificate_id": "c1",
    "student_id": "ana",
    "layout_id": "plain",
    "teacher_id": "t1",
    "requested_by": "Office",
}


BAD_INPUT: list[tuple[str, Any, str, str | None]] = [
    ("progress.cmd.record_marks", b"\xff\xfe not JSON", "not_json", None),
    ("progress.cmd.record_marks", b"[" * 100_000, "not_json", None),
    ("progress.cmd.record_marks", {k: v for k, v in GOOD_MARKS.items() if k != "level_id"}, "missing", "level_id"),
    ("progress.cmd.record_marks", {**GOOD_MARKS, "student_id": "nobody"}, "unknown_student", "student_id"),
    ("progress.cmd.record_marks", {**GOOD_MARKS, "level_id": "nowhere"}, "unknown_level", "level_id"),
    ("progress.cmd.record_marks", {**GOOD_MARKS, "teacher_id": "t9"}, "unknown_teacher", "teacher_id"),
    ("progress.cmd.record_marks", {**GOOD_MARKS, "marked_on": "2026-02-30"}, "invalid", "marked_on"),
    (
        "progress.cmd.record_marks",
        {**GOOD_MARKS, "marks": [{"skill_id": "swim", "value": 101}]},
        "invalid",
        "marks.0.value",
    ),
    (
        "progress.cmd.record_marks",
        {**GOOD_MARKS, "marks": [{"skill_id": "swim", "value": True}]},
        "wrong_value",
        "marks.0.value",
    ),
    (
        "progress.cmd.record_marks",
        {**GOOD_MARKS, "marks": [{"skill_id": "fly", "value": 1}]},
        "unknown_skill",
        "marks.0.skill_id",
    ),
    ("certificates.cmd.issue_ad_hoc", {**GOOD_AD_HOC, "layout_id": "none"}, "unknown_layout", "layout_id"),
    ("certificates.cmd.issue_ad_hoc", {**GOOD_AD_HOC, "notes": "Hi"}, "notes_not_shown", "notes"),
    ("certificates.cmd.issue_ad_hoc", {**GOOD_AD_HOC, "issue_date": "tomorrow"}, "invalid", "issue_date"),
    (
        "certificates.cmd.issue_ad_hoc",
        {**GOOD_AD_HOC, "layout_id": "noted", "notes": "x" * 41},
        "too_long",
        "notes",
    ),
    (
        "certificates.cmd.withdraw",
        {"certificate_id": "c9", "reason": "r", "requested_by": "o"},
        "unknown_certificate",
        "certificate_id",
    ),
    ("roster.cmd.put_teacher", {"teacher_id": "a b", "name": "Ana"}, "invalid", "teacher_id"),
    ("roster.cmd.put_teacher", {"teacher_id": "t3", "name": "Ana\r\nBcc: x"}, "invalid", "name"),
    ("roster.cmd.put_school", {"name": "S", "time_zone": "Mars/Olympus"}, "unknown_time_zone", "time_zone"),
    (
        "roster.cmd.put_student",
        {"student_id": "s", "family_id": "f9", "given_name": "A", "family_name": "B"},
        "unknown_family",
        "family_id",
    ),
]


async def test_bad_input_changes_nothing_and_comes_back_with_a_reason(world: World) -> None:
    before = await world.school.ask("progression.query.student", {"student_id": "ana"})
    for name, body, code, path in BAD_INPUT:
        [reason] = await world.school.refusal(await world.school.command(name, body))
        assert (reason["code"], reason.get("path")) == (code, path), reason
        assert reason["message"].endswith(".")
    assert await world.school.ask("progression.query.student", {"student_id": "ana"}) == before
    assert await world.pending_ids() == set()
    assert world.rendering.asked == []


async def test_what_cannot_be_read_at_all_is_kept_too(world: World, nats_server: NatsServer) -> None:
    await world.school.refusal(await world.school.command("roster.cmd.put_teacher", b"{not json"))
    client = await nats.connect(nats_server.url("progression"), inbox_prefix=b"_INBOX_progression")

    async def kept() -> bool:
        info = await client.jetstream().stream_info("DEAD_LETTERS")
        return info.state.messages == 1

    assert await world.school.until(kept)
    await client.close()


async def test_a_school_that_is_not_known_is_told_so(nats_server: NatsServer, world: World) -> None:
    client = await nats.connect(nats_server.url("staff"), inbox_prefix=b"_INBOX_staff")
    await client.jetstream().publish(
        "roster.cmd.put_teacher.v1.elsewhere", b'{"teacher_id":"t","name":"T"}', headers={"ce-id": "x1"}
    )
    await world.settled(await world.put_student("kai"))
    reply = await client.request("progression.query.command.v1.elsewhere", b'{"command_id":"x1"}')
    assert b"unknown_school" in reply.data
    await client.close()


async def test_a_command_without_any_header_is_taken_by_its_place_in_the_stream(
    nats_server: NatsServer, world: World
) -> None:
    client = await nats.connect(nats_server.url("school"), inbox_prefix=INBOX)
    await client.publish("roster.cmd.put_teacher.v1.demo", b'{"teacher_id":"t7","name":"Bare Client"}')

    async def known() -> bool:
        return any(t["teacher_id"] == "t7" for t in (await world.school.ask("progression.query.teachers"))["teachers"])

    assert await world.school.until(known)
    await client.close()
