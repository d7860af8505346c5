"""CSV files as schools have them: whatever wrote them, the same roster is read, or each bad place is told."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.roster import Guardian, PutFamily, PutLevel, PutStudent, PutTeacher, Skill
from contracts.roster_queries import RosterKind
from services.staff.importing import File, Upload, read
from services.staff.importing.columns import COLUMNS
from services.staff.importing.export import exported, template

ROWS = (
    ("First name", "Last Name", "Student ID", "family_id", "Class"),
    ("Zoë", "O\u2019Sullivan, Jr", "s1", "f1", "Tuesday 4 pm"),
    ("Māia", "Ngata", "s2", "f2", ""),
)
LATIN = tuple(tuple(cell.replace("ā", "a") for cell in row) for row in ROWS)


def written(rows: tuple[tuple[str, ...], ...], separator: str, line_end: str = "\r\n") -> str:
    return line_end.join(separator.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)


def reading(*files: tuple[str, str | bytes]) -> Upload:
    return read([File(name, text if isinstance(text, bytes) else text.encode()) for name, text in files])


def places(upload: Upload) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.line, problem.column) for problem in upload.problems]


@pytest.mark.parametrize(
    "content",
    [
        written(ROWS, ",").encode(),
        written(ROWS, ";").encode("utf-8-sig"),
        written(ROWS, "\t", "\n").encode("utf-16"),
        b"\xfe\xff" + written(ROWS, ";").encode("utf-16-be"),
        written(ROWS, "\t").encode("utf-16-le"),
        written(LATIN, ";").encode("cp1252"),
        ("sep=;\r\n" + written(ROWS, ";")).encode(),
        ("\r\n\r\n" + written(ROWS, ",") + "\r\n,,,,\r\n\r\n").encode(),
        written(ROWS, ",").replace("ā", "a\u0304").encode(),
    ],
    ids=["comma", "semicolon", "UTF-16", "big end first", "no mark", "Excel", "sep=", "blank lines", "accents apart"],
)
def test_the_same_students_are_read_whatever_program_wrote_the_file(content: bytes) -> None:
    upload = reading(("students.csv", content))
    assert upload.problems == []
    zoe, maia = upload.command.students
    assert (zoe.given_name, zoe.family_name, zoe.class_name) == ("Zoë", "O\u2019Sullivan, Jr", "Tuesday 4 pm")
    assert (maia.student_id, maia.given_name.replace("ā", "a"), maia.class_name) == ("s2", "Maia", None)


def test_what_a_file_has_no_column_for_is_kept_as_it_is() -> None:
    keeps = reading(("students.csv", written(ROWS, ","))).command.keeps
    assert keeps.students == ("preferred_name", "level_id", "venue_id", "weekday")
    assert reading(("families.csv", "family_id,name\nf1,Ngata")).command.keeps.families == ("guardians", "guardian_ids")


def test_what_a_file_is_about_is_told_by_its_header_and_else_by_its_name() -> None:
    upload = reading(
        ("a.csv", "Family ID,Family name,Parent e-mail\nf1,Ngata,mere@example.org"),
        ("b.csv", "Teacher ID,Name\nt1,Ana"),
        ("c.csv", "level,name,skill id,skill\nseal,Seal,float,Floats"),
        ("students 2026.csv", "id,name\n1,x"),
    )
    assert upload.command.families[0].guardians == (Guardian(guardian_id="g1", name="Ngata", email="mere@example.org"),)
    assert upload.command.teachers == (PutTeacher(teacher_id="t1", name="Ana"),)
    assert upload.command.levels[0].skills == (Skill(skill_id="float", name="Floats", kind="tick"),)
    assert {place[0] for place in places(upload)} == {"students 2026.csv"}


def test_every_guardian_with_an_address_is_read_and_one_without_is_mentioned() -> None:
    text = (
        "family_id;family_name;guardian_1_name;guardian_1_email;Parent 2 name;Email 2\n"
        "f1;Ngata;Mere;mere@example.org;Tama;tama@example.org\n"
        "f2;Chen;Lucy;;;lucy@example.org\n"
    )
    upload = reading(("families.csv", text))
    assert [[each.email for each in family.guardians] for family in upload.command.families] == [
        ["mere@example.org", "tama@example.org"],
        ["lucy@example.org"],
    ]
    [hint] = upload.hints
    assert str(hint) == "families.csv, line 3, guardian_1_name: This guardian has no e-mail address and is left out."


def test_a_level_is_its_lines_together() -> None:
    text = (
        "level_id,level_name,position,next_level_id,layout_id,auto_issue,skill_id,skill_name,skill_kind\n"
        "seal,Seal,2,orca,harbour,Yes,float,Floats,tick\n"
        "seal,,,,,,swim,Swims 25 m,Scale\n"
        ",,,,,,dive,Dives,\n"
        "orca,Orca,3,,,no,,,\n"
    )
    seal, orca = reading(("levels.csv", text)).command.levels
    assert (seal.position, seal.next_level_id, seal.auto_issue) == (2, "orca", True)
    assert [(skill.skill_id, skill.kind) for skill in seal.skills] == [
        ("float", "tick"),
        ("swim", "scale"),
        ("dive", "tick"),
    ]
    assert orca == PutLevel(level_id="orca", name="Orca", position=3, skills=())


def test_every_bad_place_is_told_with_its_line_its_column_and_what_to_do() -> None:
    students = 'id,family,first name,surname,level\n1,f1,"Ana\nMere",Ngata,seal\n,f 1,,Ngata,\n1,f1,B,C,seal\n'
    families = "family_id,name,email\nf1,Ngata,nobody\nf2,Chen,a@b,c\n"
    levels = (
        "level,name,order,automatic,skill id,skill,kind,next level\n"
        "seal,Seal,1st,,a,A,,\n"
        "orca,Orca,2,maybe,,,,\n"
        "c,C,3,,a,A,tock,\n"
        "d,D,4,,,,,d\n"
    )
    upload = reading(("students.csv", students), ("families.csv", families), ("levels.csv", levels))
    assert places(upload) == [
        ("families.csv", 2, "email"),
        ("families.csv", 3, ""),
        ("levels.csv", 2, "order"),
        ("levels.csv", 3, "automatic"),
        ("levels.csv", 4, "kind"),
        ("levels.csv", 5, "next level"),
        ("students.csv", 2, "first name"),
        ("students.csv", 4, "family"),
        ("students.csv", 4, "first name"),
        ("students.csv", 4, "id"),
        ("students.csv", 5, "id"),
    ]
    assert all(problem.message.endswith((".", "?")) for problem in upload.problems)
    assert upload.spoilt["families"] == {"f1"}


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        (b"", 1, "The file is empty"),
        (b"foo,bar\n1,2", 1, "names no column that is known"),
        (b'student_id,name\n1,Ana\n2,"Ben\n3,Cy', 3, "quotation mark"),
        (b"student_id,student name\n1,\x81\x81", 2, "CSV UTF-8"),
        (b"teacher_id\n1", 1, "There is no column \u201cname\u201d"),
        (b"teacher_id,name,full name\n1,Ana,Ana", 1, "Another column means the same"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, line: int, told: str) -> None:
    [problem] = reading(("x.csv", content)).problems
    assert problem.line == line
    assert told in problem.message


def test_two_files_of_one_kind_are_one_too_many() -> None:
    upload = reading(("a.csv", "teacher_id,name\n1,Ana"), ("b.csv", "teacher_id,name\n2,Ben"))
    assert [str(problem) for problem in upload.problems] == [
        "b.csv, line 1: There are two files of teachers. Put their lines into one."
    ]


def test_what_is_exported_is_read_as_it_was() -> None:
    level = PutLevel(
        level_id="seal",
        name='=HYPERLINK("x")',
        position=1,
        layout_id="harbour",
        auto_issue=True,
        skills=(
            Skill(skill_id="a", name="Floats, on the back", kind="tick"),
            Skill(skill_id="b", name="Swims", kind="scale"),
        ),
    )
    family = PutFamily(
        family_id="f1",
        name="Ngata",
        guardians=tuple(
            Guardian(guardian_id=f"p{n}", name=f"+Mere {n}", email=f"mere{n}@example.org", locale="mi")
            for n in range(3)
        ),
    )
    student = PutStudent(
        student_id="s1", family_id="f1", given_name="Aroha", family_name="-Ngata", preferred_name="Ari", level_id="seal"
    )
    teacher = PutTeacher(teacher_id="t1", name="@Ana")
    files: dict[RosterKind, list[Any]] = {
        "levels": [level],
        "families": [family],
        "students": [student],
        "teachers": [teacher],
    }
    command = reading(*((f"{kind}.csv", exported(kind, put)) for kind, put in files.items())).command
    assert (command.levels, command.families) == ((level,), (family,))
    assert (command.students, command.teachers) == ((student,), (teacher,))
    assert command.keeps == type(command.keeps)()
    # A spreadsheet takes nothing of it for a formula.
    assert b"\n=" not in exported("levels", [level])
    assert b",=" not in exported("levels", [level])


def test_a_template_is_the_header_alone_and_can_be_read() -> None:
    for kind in COLUMNS:
        upload = reading((f"{kind}.csv", template(kind)))
        assert (upload.problems, upload.hints) == ([], [])
