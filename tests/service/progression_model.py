"""What the design says of marks, pending progressions, runs and the register: plain Python, no clock, no broker.

Every command answers with the codes that it may be refused with; without any it is accepted, and done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MASTERED = 100
LONGEST_NAME = 60
NOTES: dict[str, int | None] = {"plain": None, "noted": 40, "late": None}
"""The layouts that there may be: how long notes may be, where it shows any."""

Place = tuple[str, str]
"""A student in a level."""

Codes = set[str]


@dataclass
class Level:
    skills: dict[str, str]
    """The kind by the skill's id."""
    next_level_id: str | None = None
    layout_id: str | None = None
    auto_issue: bool = False


@dataclass
class Student:
    name: str
    level_id: str | None


@dataclass
class Progression:
    teacher_id: str
    born: int
    """Its place among all that happened."""
    certificate_waits: bool = True
    level_change_waits: bool = True


@dataclass
class Version:
    recipient_name: str
    notes: str | None
    teacher_id: str
    layout_id: str
    layout_version: int
    state: str = "issuing"


@dataclass(frozen=True)
class Selected:
    place: Place | None
    """None: a progression that is not there any more, or never was."""
    notes: str | None = None
    teacher_id: str | None = None


@dataclass
class Run:
    """What it has done and may take back."""

    mails_at_once: bool
    certificates: dict[str, Place] = field(default_factory=dict)
    moves: dict[Place, tuple[str, int]] = field(default_factory=dict)
    """To which level, and when."""
    undone: bool = False


@dataclass
class Model:
    levels: dict[str, Level] = field(default_factory=dict)
    students: dict[str, Student] = field(default_factory=dict)
    layouts: dict[str, int] = field(default_factory=dict)
    """The newest version of each that is published."""
    marks: dict[Place, dict[str, int]] = field(default_factory=dict)
    marked_last_by: dict[Place, str] = field(default_factory=dict)
    progressions: dict[Place, Progression] = field(default_factory=dict)
    register: dict[str, list[Version]] = field(default_factory=dict)
    """The versions of each certificate. A level's is known by its place (`ana in seahorse`, then `… #2`)."""
    runs: dict[str, Run] = field(default_factory=dict)
    made: Counter[Place] = field(default_factory=Counter)
    """How many certificates there were of each place."""
    happened: int = 0
    said: Counter[tuple[object, ...]] = field(default_factory=Counter)
    asked: set[tuple[str, int, int]] = field(default_factory=set)
    """What rendering is to print: certificate, version, layout version."""

    # --- roster and marks

    def put_student(self, student_id: str, name: str, level_id: str | None) -> Codes:
        self.students[student_id] = Student(name, level_id)
        if level_id:
            self._look_at(student_id, level_id)
        return set()

    def put_level(self, level_id: str, level: Level) -> Codes:
        self.levels[level_id] = level
        for student_id, student in sorted(self.students.items()):
            if student.level_id == level_id:
                self._look_at(student_id, level_id)
        return set()

    def record_marks(self, place: Place, teacher_id: str, marks: Mapping[str, bool | int]) -> Codes:
        kinds = self.levels[place[1]].skills
        codes = {"unknown_skill" for skill in marks if skill not in kinds}
        codes |= {"wrong_value" for skill, value in marks.items() if skill in kinds and not _fits(kinds[skill], value)}
        if not codes:
            values = {skill: MASTERED if value is True else int(value) for skill, value in marks.items()}
            self.marks.setdefault(place, {}).update(values)
            self.marked_last_by[place] = teacher_id
            self._look_at(*place)
        return codes

    def is_complete(self, place: Place) -> bool:
        marks = self.marks.get(place, {})
        wanted = self.levels[place[1]].skills
        return bool(wanted) and all(marks.get(skill_id) == MASTERED for skill_id in wanted)

    def _look_at(self, student_id: str, level_id: str) -> None:
        """Complete: a pending progression. Not any more, and nobody acted: it goes away again."""
        place = (student_id, level_id)
        progression = self.progressions.get(place)
        if self.is_complete(place):
            if progression is None and self.students[student_id].level_id in (None, level_id):
                self._complete(place)
        elif progression and progression.certificate_waits and progression.level_change_waits:
            del self.progressions[place]
            self.say("level_reopened", *place)

    def _complete(self, place: Place) -> None:
        self.progressions[place] = Progression(self.marked_last_by[place], self._now())
        self.say("level_completed", *place)
        level = self.levels[place[1]]
        if level.auto_issue and not self.blocked(level):
            if not self._unprintable(level.layout_id, self.students[place[0]].name, None):
                self._issue_level(place, None, None)
            if level.next_level_id in self.levels:
                self._move_up(place)

    # --- what waits

    def blocked(self, level: Level) -> str | None:
        if level.layout_id is None:
            return "no_layout"
        return None if level.layout_id in self.layouts else "layout_not_published"

    def pending_certificates(self) -> dict[Place, tuple[str, str | None]]:
        """Teacher, and why it is blocked."""
        return {
            place: (progression.teacher_id, self.blocked(self.levels[place[1]]))
            for place, progression in self.progressions.items()
            if progression.certificate_waits
        }

    def pending_level_changes(self) -> dict[Place, tuple[str, str | None]]:
        """To which level, and why it is blocked."""
        return {
            (student_id, level_id): (next_level_id, None if next_level_id in self.levels else "unknown_level")
            for (student_id, level_id), progression in self.progressions.items()
            if progression.level_change_waits
            and (next_level_id := self.levels[level_id].next_level_id)
            and self.students[student_id].level_id in (None, level_id)
        }

    # --- runs and ad hoc

    def start_generation(
        self,
        run_id: str,
        certificates: Sequence[Selected],
        level_changes: Sequence[Place | None],
        *,
        mails_at_once: bool = True,
    ) -> Codes:
        """All of it or nothing."""
        codes = {"run_exists"} if run_id in self.runs else set()
        codes |= _all(self._cannot_issue(selected) for selected in certificates)
        codes |= _all(self._cannot_move(place) for place in level_changes)
        if not codes:
            run = self.runs[run_id] = Run(mails_at_once=mails_at_once and bool(certificates))
            for selected in certificates:
                assert selected.place
                key = self._issue_level(selected.place, selected.notes, selected.teacher_id)
                run.certificates[key] = selected.place
            for place in level_changes:
                assert place
                next_level_id = self.levels[place[1]].next_level_id
                assert next_level_id
                run.moves[place] = (next_level_id, self.happened)
                self._move_up(place)
        return codes

    def cancel_run(self, run_id: str) -> Codes:
        """What is not printed is not issued, and waits again."""
        if run_id not in self.runs:
            return {"unknown_run"}
        run = self.runs[run_id]
        unprinted = [key for key in run.certificates if self.register[key][0].state == "issuing"]
        for key in unprinted:
            self._withdraw(key, {"issuing"}, just_the_first=True)
        self._wait_again([run.certificates.pop(key) for key in unprinted], [])
        return set() if unprinted else {"nothing_to_cancel"}

    def undo_run(self, run_id: str) -> Codes:
        """All of it, or nothing."""
        if run_id not in self.runs:
            return {"unknown_run"}
        run = self.runs[run_id]
        if run.undone:
            return {"already_undone"}
        if run.mails_at_once:
            return {"mail_left"}
        codes = _all(self._moved_on(place, *move) for place, move in run.moves.items())
        if not codes:
            run.undone = True
            for key in run.certificates:
                self._withdraw(key, {"issuing", "issued", "failed"})
            for place, (to_level_id, _) in run.moves.items():
                self.students[place[0]].level_id = place[1]
                self.say("level_changed", place[0], to_level_id, place[1])
            self._wait_again(list(run.certificates.values()), list(run.moves))
            run.certificates, run.moves = {}, {}
        return codes

    def _moved_on(self, place: Place, to_level_id: str, at: int) -> Codes:
        if self.students[place[0]].level_id != to_level_id:
            return {"student_moved"}
        later = self.progressions.get((place[0], to_level_id))
        return {"completed_since"} if later and later.born > at else set()

    def _wait_again(self, certificates: Sequence[Place], level_changes: Sequence[Place]) -> None:
        for place in certificates:
            self.progressions[place].certificate_waits = True
        for place in level_changes:
            self.progressions[place].level_change_waits = True
        for place in sorted({*certificates, *level_changes}):
            self._look_at(*place)

    def _cannot_issue(self, selected: Selected) -> Codes:
        progression = self.progressions.get(selected.place) if selected.place else None
        if progression is None or selected.place is None:
            return {"unknown_progression"}
        if not progression.certificate_waits:
            return {"already_issued"}
        student_id, level_id = selected.place
        if obstacle := self.blocked(self.levels[level_id]):
            return {obstacle}
        return self._unprintable(self.levels[level_id].layout_id, self.students[student_id].name, selected.notes)

    def _cannot_move(self, place: Place | None) -> Codes:
        progression = self.progressions.get(place) if place else None
        if progression is None or place is None:
            return {"unknown_progression"}
        if not progression.level_change_waits:
            return {"already_changed"}
        student_id, level_id = place
        if self.students[student_id].level_id not in (None, level_id):
            return {"student_moved"}
        next_level_id = self.levels[level_id].next_level_id
        if next_level_id is None:
            return {"no_next_level"}
        return set() if next_level_id in self.levels else {"unknown_level"}

    def _issue_level(self, place: Place, notes: str | None, teacher_id: str | None) -> str:
        progression = self.progressions[place]
        progression.certificate_waits = False
        layout_id = self.levels[place[1]].layout_id
        assert layout_id
        self.made[place] += 1
        key = certificate_of(place, self.made[place])
        self._issue(key, self.students[place[0]].name, notes, teacher_id or progression.teacher_id, layout_id)
        return key

    def _move_up(self, place: Place) -> None:
        student_id, level_id = place
        next_level_id = self.levels[level_id].next_level_id
        assert next_level_id
        self.progressions[place].level_change_waits = False
        self.students[student_id].level_id = next_level_id
        self.say("level_changed", student_id, level_id, next_level_id)
        self._look_at(student_id, next_level_id)

    def issue_ad_hoc(
        self, certificate_id: str, student_id: str, layout_id: str, teacher_id: str, notes: str | None
    ) -> Codes:
        if layout_id not in self.layouts:
            return {"unknown_layout"}
        name = self.students[student_id].name
        codes = self._unprintable(layout_id, name, notes)
        if certificate_id in self.register:
            codes.add("certificate_exists")
        if not codes:
            self._issue(certificate_id, name, notes, teacher_id, layout_id)
        return codes

    def _unprintable(self, layout_id: str | None, name: str, notes: str | None) -> Codes:
        longest = NOTES[layout_id or ""]
        codes = {"too_long"} if len(name) > LONGEST_NAME else set()
        if notes and longest is None:
            codes.add("notes_not_shown")
        elif notes and longest and len(notes) > longest:
            codes.add("too_long")
        return codes

    def _issue(self, key: str, name: str, notes: str | None, teacher_id: str, layout_id: str) -> None:
        self._print(key, Version(name, notes or None, teacher_id, layout_id, self.layouts[layout_id]))

    def _print(self, key: str, version: Version) -> None:
        versions = self.register.setdefault(key, [])
        versions.append(version)
        self.asked.add((key, len(versions), version.layout_version))

    # --- corrections

    def withdraw(self, key: str) -> Codes:
        """Every version that stands or is being printed."""
        if key not in self.register:
            return {"unknown_certificate"}
        return set() if self._withdraw(key, {"issuing", "issued"}) else {"nothing_to_withdraw"}

    def _withdraw(self, key: str, states: set[str], *, just_the_first: bool = False) -> bool:
        """Whether there was any version in one of these states."""
        versions = self.register[key][:1] if just_the_first else self.register[key]
        standing = [n for n, version in enumerate(versions, 1) if version.state in states]
        for n in standing:
            self.register[key][n - 1].state = "withdrawn"
            self.say("withdrawn", key, n)
        return bool(standing)

    def reissue(self, key: str, name: str | None, notes: str | None, teacher_id: str | None) -> Codes:
        if key not in self.register:
            return {"unknown_certificate"}
        current = self.register[key][-1]
        if current.state == "issuing":
            return {"still_issuing"}
        if self.is_withdrawn(key):
            return {"withdrawn"}
        corrected = Version(
            name or current.recipient_name,
            (current.notes if notes is None else notes) or None,
            teacher_id or current.teacher_id,
            current.layout_id,
            current.layout_version,
        )
        codes = self._unprintable(corrected.layout_id, corrected.recipient_name, corrected.notes)
        if not codes:
            self._print(key, corrected)
        return codes

    def retry(self, key: str) -> Codes:
        """A failed one once more, on the newest version of its layout."""
        if key not in self.register:
            return {"unknown_certificate"}
        current = self.register[key][-1]
        if current.state != "failed" or self.is_withdrawn(key):
            return {"not_failed", "withdrawn"}
        current.state = "issuing"
        current.layout_version = self.layouts[current.layout_id]
        self.asked.add((key, len(self.register[key]), current.layout_version))
        return set()

    def is_withdrawn(self, key: str) -> bool:
        """Withdrawn is withdrawn, whatever became of a later version's print."""
        return any(version.state == "withdrawn" for version in self.register[key])

    def issuing(self) -> list[tuple[str, int]]:
        return self._in_state("issuing")

    def standing(self) -> list[tuple[str, int]]:
        return self._in_state("issued")

    def _in_state(self, state: str) -> list[tuple[str, int]]:
        """Certificate and version."""
        return [
            (key, n)
            for key in sorted(self.register)
            for n, version in enumerate(self.register[key], 1)
            if version.state == state
        ]

    # --- what rendering says

    def publish_layout(self, layout_id: str, version: int) -> None:
        self.layouts[layout_id] = max(version, self.layouts.get(layout_id, 0))

    def rendered(self, key: str, n: int) -> None:
        version = self.register[key][n - 1]
        if version.state == "issuing":
            version.state = "issued"
            self.say("issued", key, n)
            for older, replaced in enumerate(self.register[key][: n - 1], 1):
                if replaced.state == "issued":
                    replaced.state = "replaced"
                    self.say("replaced", key, older, n)

    def failed(self, key: str, n: int) -> None:
        version = self.register[key][n - 1]
        if version.state == "issuing":
            version.state = "failed"

    # --- what it says itself

    def say(self, *event: object) -> None:
        self.said[event] += 1

    def _now(self) -> int:
        self.happened += 1
        return self.happened


def certificate_of(place: Place, n: int = 1) -> str:
    """The nth that was made for it: a run that is undone is not the last."""
    return " in ".join(place) + (f" #{n}" if n > 1 else "")


def _fits(kind: str, value: bool | int) -> bool:
    return isinstance(value, bool) == (kind == "tick")


def _all(found: Iterable[Codes]) -> Codes:
    return set().union(*found)
