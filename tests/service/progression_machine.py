"""Whatever schools and rendering may say to progression, in any order: told to it, and to the model of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from contracts.certificates import (
    CancelRun,
    Changes,
    IssueAdHoc,
    Reissue,
    Retry,
    SelectedCertificate,
    StartGeneration,
    UndoRun,
    Withdraw,
)
from contracts.progress import RecordMarks
from contracts.rendering import ArtefactMissing, FailureReason, RenderingFailed
from contracts.roster import PutFamily, PutLevel, PutSchool, PutStudent, PutTeacher
from tests.service.progression_driven import Driven, FromAThread
from tests.service.progression_model import LONGEST_NAME, NOTES, Level, Place, Selected
from tests.service.progression_school import School, layout

FAMILY_NAME = "Ngata"
KINDS = {"float": "tick", "dive": "tick", "swim": "scale"}
LADDER = {"seahorse": "dolphin", "dolphin": "orca", "orca": None}
WRONG_MARKS: list[dict[str, bool | int]] = [{"float": 100}, {"swim": True}, {"float": True, "fly": 1}]

STUDENTS = st.sampled_from(["ana", "kai", "mia"])
LEVELS = st.sampled_from(list(LADDER))
TEACHERS = st.sampled_from(["t1", "t2"])
LAYOUTS = st.sampled_from(list(NOTES))
NOTED = st.sampled_from([None, "", "Brave", "x" * 41])
MAILS: dict[str, dict[str, Any]] = {
    "none": {"email": "none"},
    "later": {"send_after": datetime(2100, 1, 1, tzinfo=UTC)},
    "at once": {},
}
MAILED = st.sampled_from(list(MAILS))
AFTERWARDS: st.SearchStrategy[list[str]] = st.one_of(
    st.just([]), st.lists(st.sampled_from(["print", "cancel", "undo"]), max_size=3)
)
HURRY = st.booleans()
RARELY = st.sampled_from([False, False, False, True])
ONE_CHANGE = st.one_of(
    st.fixed_dictionaries(
        {"skills": st.sets(st.sampled_from(list(KINDS))).map(lambda ids: {i: KINDS[i] for i in KINDS if i in ids})}
    ),
    st.fixed_dictionaries({"next_level_id": st.sampled_from([*LADDER, "nowhere", None])}),
    st.fixed_dictionaries({"layout_id": st.one_of(LAYOUTS, st.none())}),
    st.fixed_dictionaries({"auto_issue": st.booleans()}),
)


class ProgressionMachine(RuleBasedStateMachine):
    def __init__(self, driven: Driven, wait_for: FromAThread) -> None:
        super().__init__()
        self.school = School(driven)
        self.model = self.school.model
        self.wait_for = wait_for
        self.ids = 0

    def teardown(self) -> None:
        self.wait_for(self.school.agrees())
        self.school.tally()

    def send(self, body: Any, codes: set[str], hurry: bool = False) -> None:
        self.wait_for(self.school.command(body, codes, hurry=hurry))

    def fresh(self, what: str) -> str:
        self.ids += 1
        return f"{what}-{self.ids}"

    # --- roster

    @initialize()
    def a_small_school(self) -> None:
        self.send(PutSchool(name="Kauri Coast", time_zone="Pacific/Auckland", locale="en-NZ"), set(), hurry=True)
        self.send(PutFamily(family_id="f1", name=FAMILY_NAME, guardians=()), set(), hurry=True)
        for teacher_id in ("t1", "t2"):
            self.send(PutTeacher(teacher_id=teacher_id, name="Tama Walker"), set(), hurry=True)
        for level_id, next_level_id in LADDER.items():
            self.put_level(level_id, Level({"float": "tick", "swim": "scale"}, next_level_id, "noted"), hurry=True)
        for student_id in ("ana", "kai", "mia"):
            self.put_student(student_id, "seahorse", long_name=False, hurry=True)
        for layout_id in ("plain", "noted"):
            self.model.publish_layout(layout_id, 1)
        self.wait_for(self.school.rendering_says(layout("plain", 1), layout("noted", 1)))

    @rule(level_id=LEVELS, change=ONE_CHANGE, hurry=HURRY)
    def a_level_is_edited(self, level_id: str, change: dict[str, Any], hurry: bool) -> None:
        if change.get("next_level_id") != level_id:
            self.put_level(level_id, replace(self.model.levels[level_id], **change), hurry)

    def put_level(self, level_id: str, level: Level, hurry: bool) -> None:
        body = PutLevel.model_validate_json(
            json.dumps(
                {
                    "level_id": level_id,
                    "name": level_id.title(),
                    "position": 1,
                    "next_level_id": level.next_level_id,
                    "layout_id": level.layout_id,
                    "auto_issue": level.auto_issue,
                    "skills": [{"skill_id": each, "name": each, "kind": kind} for each, kind in level.skills.items()],
                }
            )
        )
        self.send(body, self.model.put_level(level_id, level), hurry)

    @rule(student_id=STUDENTS, level_id=st.one_of(LEVELS, st.none()), long_name=RARELY, hurry=HURRY)
    def put_student(self, student_id: str, level_id: str | None, long_name: bool, hurry: bool) -> None:
        given_name = student_id.title() + "x" * (LONGEST_NAME if long_name else 0)
        body = PutStudent(
            student_id=student_id,
            family_id="f1",
            given_name=given_name,
            family_name=FAMILY_NAME,
            level_id=level_id,
        )
        self.send(body, self.model.put_student(student_id, f"{given_name} {FAMILY_NAME}", level_id), hurry)

    # --- marks

    @rule(student_id=STUDENTS, ahead=RARELY, level_id=LEVELS, teacher_id=TEACHERS, hurry=HURRY)
    def a_level_is_mastered(self, student_id: str, ahead: bool, level_id: str, teacher_id: str, hurry: bool) -> None:
        """The student's own, or another."""
        place = (student_id, level_id if ahead else self.model.students[student_id].level_id or level_id)
        marks = {skill_id: _value(skill_id, 100) for skill_id in self.model.levels[place[1]].skills}
        if marks:
            self.record_marks(place, teacher_id, marks, hurry)

    @precondition(lambda self: self.untouched)
    @rule(data=st.data(), teacher_id=TEACHERS)
    def a_mark_is_taken_back(self, data: st.DataObject, teacher_id: str) -> None:
        """Of a level that was completed, and that nobody has acted upon: it is open again."""
        place = data.draw(st.sampled_from(self.untouched), "completed level")
        skill_id = next(iter(self.model.levels[place[1]].skills))
        self.record_marks(place, teacher_id, {skill_id: _value(skill_id, 0)}, hurry=False)

    @property
    def untouched(self) -> list[Place]:
        both = self.model.pending_certificates().keys() & self.model.pending_level_changes().keys()
        return sorted(place for place in both if self.model.levels[place[1]].skills)

    @rule(
        student_id=STUDENTS,
        level_id=LEVELS,
        marks=st.one_of(
            st.builds(lambda value: {"swim": value}, st.sampled_from([0, 60, 100])),
            st.builds(lambda value: {"float": value}, st.booleans()),
            st.builds(lambda value: {"dive": value, "float": True}, st.booleans()),
            st.sampled_from(WRONG_MARKS),
        ),
        teacher_id=TEACHERS,
        hurry=HURRY,
    )
    def some_is_marked(
        self, student_id: str, level_id: str, marks: dict[str, bool | int], teacher_id: str, hurry: bool
    ) -> None:
        self.record_marks((student_id, level_id), teacher_id, marks, hurry)

    def record_marks(self, place: Place, teacher_id: str, marks: Mapping[str, bool | int], hurry: bool) -> None:
        body = RecordMarks.model_validate_json(
            json.dumps(
                {
                    "student_id": place[0],
                    "level_id": place[1],
                    "teacher_id": teacher_id,
                    "marked_on": "2026-11-20",
                    "marks": [{"skill_id": skill_id, "value": value} for skill_id, value in marks.items()],
                }
            )
        )
        self.send(body, self.model.record_marks(place, teacher_id, marks), hurry)

    # --- runs and ad hoc

    @precondition(lambda self: self.model.progressions)
    @rule(data=st.data(), teacher_id=st.one_of(st.none(), TEACHERS), mail=MAILED, then=AFTERWARDS)
    def a_run_is_started(self, data: st.DataObject, teacher_id: str | None, mail: str, then: list[str]) -> None:
        """What waits and is not blocked, but for what is unticked; and what may come right after it."""
        certificates = _ticked(data, "certificates", self.model.pending_certificates())
        level_changes = _ticked(data, "level changes", self.model.pending_level_changes())
        run_id = self.fresh("run")
        self.start_generation(run_id, certificates, level_changes, teacher_id=teacher_id, mail=mail)
        for step in then if run_id in self.model.runs else ():
            if step == "print":
                self.print_all(self.model.issuing()[:1])
            else:
                self.take_back(step, run_id)

    @precondition(lambda self: self.ever_completed)
    @rule(data=st.data(), notes=NOTED, stale=RARELY, again=RARELY)
    def a_run_of_anything_is_started(self, data: st.DataObject, notes: str | None, stale: bool, again: bool) -> None:
        places = st.lists(st.sampled_from(self.ever_completed), unique=True, max_size=2)
        run_id = "run-1" if again else self.fresh("run")
        self.start_generation(
            run_id, data.draw(places, "certificates"), data.draw(places, "level changes"), notes=notes, stale=stale
        )

    @property
    def ever_completed(self) -> list[Place]:
        return sorted((str(event[1]), str(event[2])) for event in self.model.said if event[0] == "level_completed")

    def start_generation(
        self,
        run_id: str,
        certificates: list[Place],
        level_changes: list[Place],
        *,
        notes: str | None = None,
        teacher_id: str | None = None,
        stale: bool = False,
        mail: str = "at once",
    ) -> None:
        if not certificates and not level_changes:
            return
        ids = {
            place: self.wait_for(self.school.progression_id(place, stale=stale))
            for place in {*certificates, *level_changes}
        }
        there = {place: place if self.school.is_pending(place, ids[place]) else None for place in ids}
        body = StartGeneration(
            run_id=run_id,
            requested_by="Office",
            certificates=tuple(
                SelectedCertificate(progression_id=ids[place], notes=notes, teacher_id=teacher_id)
                for place in certificates
            ),
            level_changes=tuple(ids[place] for place in level_changes),
            **MAILS[mail],
        )
        selected = [Selected(there[place], notes, teacher_id) for place in certificates]
        moved = [there[place] for place in level_changes]
        codes = self.model.start_generation(run_id, selected, moved, mails_at_once=mail == "at once")
        self.send(body, codes)

    @precondition(lambda self: self.model.runs)
    @rule(data=st.data(), unknown=RARELY)
    def a_run_is_cancelled(self, data: st.DataObject, unknown: bool) -> None:
        self.take_back("cancel", self.a_run(data, unknown))

    @precondition(lambda self: self.model.runs)
    @rule(data=st.data(), unknown=RARELY)
    def a_run_is_undone(self, data: st.DataObject, unknown: bool) -> None:
        self.take_back("undo", self.a_run(data, unknown))

    def a_run(self, data: st.DataObject, unknown: bool) -> str:
        return "none-such" if unknown else data.draw(st.sampled_from(sorted(self.model.runs)), "run")

    def take_back(self, how: str, run_id: str) -> None:
        if how == "cancel":
            self.send(CancelRun(run_id=run_id, requested_by="Office"), self.model.cancel_run(run_id))
        else:
            self.send(UndoRun(run_id=run_id, requested_by="Office"), self.model.undo_run(run_id))

    @rule(student_id=STUDENTS, layout_id=LAYOUTS, teacher_id=TEACHERS, notes=NOTED, again=RARELY, hurry=HURRY)
    def one_is_issued_ad_hoc(
        self, student_id: str, layout_id: str, teacher_id: str, notes: str | None, again: bool, hurry: bool
    ) -> None:
        known = [key for key in self.model.register if key.startswith("ad-hoc")]
        certificate_id = known[0] if again and known else self.fresh("ad-hoc")
        body = IssueAdHoc(
            certificate_id=certificate_id,
            student_id=student_id,
            layout_id=layout_id,
            teacher_id=teacher_id,
            notes=notes,
            requested_by="Office",
        )
        self.send(body, self.model.issue_ad_hoc(certificate_id, student_id, layout_id, teacher_id, notes), hurry)

    # --- corrections

    @precondition(lambda self: self.model.register)
    @rule(data=st.data())
    def one_is_withdrawn(self, data: st.DataObject) -> None:
        key, certificate_id = self.a_certificate(data)
        body = Withdraw(certificate_id=certificate_id, reason="by mistake", requested_by="Office")
        self.send(body, self.model.withdraw(key))

    @precondition(lambda self: self.model.register)
    @rule(
        data=st.data(),
        name=st.sampled_from([None, "Anahera Ngata", "x" * (LONGEST_NAME + 1)]),
        notes=NOTED,
        teacher_id=st.one_of(st.none(), TEACHERS),
    )
    def one_is_reissued(self, data: st.DataObject, name: str | None, notes: str | None, teacher_id: str | None) -> None:
        key, certificate_id = self.a_certificate(data)
        changes = Changes(recipient_name=name, notes=notes, teacher_id=teacher_id)
        body = Reissue(certificate_id=certificate_id, reason="a correction", requested_by="Office", changes=changes)
        self.send(body, self.model.reissue(key, name, notes, teacher_id))

    @precondition(lambda self: self.model.standing())
    @rule(data=st.data())
    def one_is_corrected(self, data: st.DataObject) -> None:
        """Reissued and printed: what stood before is replaced."""
        key, _ = data.draw(st.sampled_from(self.model.standing()), "certificate")
        certificate_id = self.wait_for(self.school.certificate_id(key))
        changes = Changes(recipient_name="Anahera Ngata")
        body = Reissue(certificate_id=certificate_id, reason="a correction", requested_by="Office", changes=changes)
        refused = self.model.reissue(key, changes.recipient_name, None, None)
        self.send(body, refused)
        if not refused:
            self.print_all([(key, len(self.model.register[key]))])

    @precondition(lambda self: self.model.register)
    @rule(data=st.data())
    def one_is_retried(self, data: st.DataObject) -> None:
        key, certificate_id = self.a_certificate(data)
        self.send(Retry(certificate_id=certificate_id, requested_by="Office"), self.model.retry(key))

    def a_certificate(self, data: st.DataObject) -> tuple[str, str]:
        key = data.draw(st.sampled_from(sorted(self.model.register)), "certificate")
        return key, self.wait_for(self.school.certificate_id(key))

    # --- what rendering says

    @precondition(lambda self: self.model.register)
    @rule(data=st.data(), prints=st.booleans())
    def one_is_answered(self, data: st.DataObject, prints: bool) -> None:
        """Awaited, or late, or once more."""
        register = self.model.register
        versions = [(key, n) for key in sorted(register) for n in range(1, len(register[key]) + 1)]
        key, version = data.draw(st.sampled_from(versions), "version")
        rendered = self.wait_for(self.school.rendered(key, version))
        if prints:
            self.model.rendered(key, version)
            self.wait_for(self.school.rendering_says(rendered))
            return
        reason = FailureReason(code="does_not_fit", message="The name does not fit.")
        failed = RenderingFailed(certificate_id=rendered.certificate_id, version=version, reason=reason)
        self.model.failed(key, version)
        self.wait_for(self.school.rendering_says(failed))

    @precondition(lambda self: self.model.issuing())
    @rule(times=st.integers(1, 2))
    def all_that_waits_is_rendered(self, times: int) -> None:
        self.print_all(self.model.issuing(), times)

    def print_all(self, versions: list[tuple[str, int]], times: int = 1) -> None:
        events = [self.wait_for(self.school.rendered(key, version)) for key, version in versions]
        for key, version in versions:
            self.model.rendered(key, version)
        self.wait_for(self.school.rendering_says(*events * times))

    @precondition(lambda self: self.model.standing())
    @rule(data=st.data())
    def one_is_missing(self, data: st.DataObject) -> None:
        """It is printed again, and nothing else comes of it."""
        key, version = data.draw(st.sampled_from(self.model.standing()), "version")
        rendered = self.wait_for(self.school.rendered(key, version))
        missing = ArtefactMissing(certificate_id=rendered.certificate_id, version=version)
        self.wait_for(self.school.prints_again(key, version, missing))
        self.wait_for(self.school.rendering_says(rendered))

    @rule(layout_id=LAYOUTS, version=st.integers(1, 3))
    def a_layout_is_published(self, layout_id: str, version: int) -> None:
        """Maybe after a newer one."""
        self.model.publish_layout(layout_id, version)
        self.wait_for(self.school.rendering_says(layout(layout_id, version)))

    # --- repeats

    @rule(data=st.data(), as_another=RARELY)
    def a_command_is_repeated(self, data: st.DataObject, as_another: bool) -> None:
        """As it was; or the id that it had is used for another, which is no command then."""
        other = PutStudent(student_id="ana", family_id="f1", given_name="Other", family_name="Name", level_id="orca")
        n = data.draw(st.integers(0, len(self.school.sent) - 1), "command")
        self.wait_for(self.school.repeats(n, other if as_another else None))


def _value(skill_id: str, value: int) -> bool | int:
    return value == 100 if KINDS[skill_id] == "tick" else value


def _ticked(data: st.DataObject, what: str, waiting: Mapping[Place, tuple[str, str | None]]) -> list[Place]:
    """Of what waits and is not blocked, what is left when some is unticked."""
    offered = sorted(place for place, (_, code) in waiting.items() if code is None)
    unticked = data.draw(st.lists(RARELY, min_size=len(offered), max_size=len(offered)), f"{what} unticked")
    return [place for place, off in zip(offered, unticked, strict=True) if not off]
