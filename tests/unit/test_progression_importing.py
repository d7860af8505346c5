"""What an import changes, and what stands in its way."""

from __future__ import annotations

from dataclasses import replace

from contracts.roster import (
    Guardian,
    ImportRoster,
    Kept,
    Lines,
    Origins,
    PutFamily,
    PutLevel,
    PutStudent,
    Skill,
)
from services.progression.import_views import import_check
from services.progression.importing import Known, decided

FLOATS = Skill(skill_id="float", name="Floats", kind="tick")
SEAL = PutLevel(level_id="seal", name="Seal", position=4, layout_id="harbour", skills=(FLOATS,))
MERE = Guardian(guardian_id="mere", name="Mere", email="Mere@example.org")
NGATA = PutFamily(family_id="f1", name="Ngata", guardians=(MERE,))
ANA = PutStudent(
    student_id="ana", family_id="f1", given_name="Ana", family_name="Ngata", preferred_name="Annie", level_id="seal"
)
KNOWN = Known(
    levels={"seal": SEAL},
    teachers={},
    families={"f1": NGATA},
    students={"ana": ANA},
    venues=frozenset({"pool"}),
    layouts=frozenset({"harbour"}),
)


def test_what_is_as_it_was_is_no_change() -> None:
    decision = decided(ImportRoster(levels=(SEAL,), families=(NGATA,), students=(ANA,)), KNOWN)
    assert not decision.changed_levels()
    assert not decision.changed_students()
    assert [(count.new, count.changed, count.same) for count in import_check(decision, KNOWN).counts] == [(0, 0, 1)] * 3


def test_who_is_known_keeps_what_the_import_says_nothing_of() -> None:
    said = ANA.model_copy(update={"family_name": "Ngata-Chen", "preferred_name": None, "level_id": None})
    [change] = decided(
        ImportRoster(students=(said,), keeps=Kept(students=("preferred_name", "level_id"))), KNOWN
    ).students
    assert change.now == ANA.model_copy(update={"family_name": "Ngata-Chen"})


def test_a_change_is_told_field_by_field_with_what_was() -> None:
    moved = ANA.model_copy(update={"class_name": "Friday", "preferred_name": None})
    longer = SEAL.model_copy(update={"skills": (FLOATS, Skill(skill_id="swim", name="Swims", kind="scale"))})
    check = import_check(decided(ImportRoster(levels=(longer,), students=(moved,)), KNOWN), KNOWN)
    assert [
        (change.kind, change.name, [(field.field, field.was, field.now) for field in change.fields])
        for change in check.changes
    ] == [
        ("levels", "Seal", [("skills", "Floats (tick)", "Floats (tick), Swims (scale)")]),
        ("students", "Ana Ngata", [("preferred_name", "Annie", None), ("class_name", None, "Friday")]),
    ]


def test_a_level_is_shown_by_its_name() -> None:
    orca = PutLevel(level_id="orca", name="Orca", position=5, skills=())
    command = ImportRoster(levels=(orca,), students=(ANA.model_copy(update={"level_id": "orca"}),))
    [moved, _] = import_check(decided(command, KNOWN), KNOWN).changes
    assert [(field.was, field.now) for field in moved.fields] == [("Seal", "Orca")]


def test_new_levels_without_a_place_come_after_all_others() -> None:
    new = [SEAL.model_copy(update={"level_id": level_id, "position": 0}) for level_id in ("orca", "whale")]
    decision = decided(ImportRoster(levels=(*new, SEAL), keeps=Kept(levels=("position",))), KNOWN)
    assert [change.now.position for change in decision.levels] == [5, 6, 4]


def test_a_guardian_is_known_by_the_address_where_the_file_has_no_ids() -> None:
    tama = Guardian(guardian_id="g1", name="Tama", email="tama@example.org")
    same = Guardian(guardian_id="g2", name="Mere", email="mere@example.org")
    family = PutFamily(family_id="f1", name="Ngata", guardians=(tama, same))
    [change] = decided(ImportRoster(families=(family,), keeps=Kept(families=("guardian_ids",))), KNOWN).families
    assert [guardian.guardian_id for guardian in change.now.guardians] == ["g1", "mere"]


def test_whoever_refers_to_what_is_not_there_is_told_with_the_line() -> None:
    nobody = ANA.model_copy(update={"student_id": "ben", "family_id": "f9", "level_id": "whale", "venue_id": "lake"})
    command = ImportRoster(students=(ANA, nobody), origins=Origins(students=Lines(file="students.csv", lines=(2, 18))))
    problems = decided(command, KNOWN).problems
    assert [(problem.code, problem.path) for problem in problems] == [
        ("unknown_family", "students.1.family_id"),
        ("unknown_level", "students.1.level_id"),
        ("unknown_venue", "students.1.venue_id"),
    ]
    assert all(problem.message.startswith("students.csv, line 18: ") for problem in problems)
    assert problems[2].message.endswith("It has: pool.")


def test_what_comes_with_the_import_is_there() -> None:
    command = ImportRoster(levels=(SEAL,), families=(NGATA,), students=(ANA,))
    assert decided(command, replace(KNOWN, levels={}, families={}, students={})).problems == []


def test_a_level_that_leads_to_nothing_is_a_hint_and_no_problem() -> None:
    level = SEAL.model_copy(update={"next_level_id": "whale", "layout_id": "gone"})
    decision = decided(ImportRoster(levels=(level,)), KNOWN)
    assert decision.problems == []
    assert [hint.code for hint in decision.hints] == ["unknown_level", "layout_not_published"]
