"""Commands that tell progression who is at the school, and what they learn."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from contracts.base import Body, EmailAddress, GivenId, Locale, Name, SkillKind, TimeZone, Weekday

Told = TypeVar("Told", bound=Body)


class Venue(Body):
    venue_id: GivenId
    name: Name
    time_zone: TimeZone


class PutSchool(Body):
    """The school itself, with its venues. Putting it again replaces name, zone, locale and venues."""

    name: Name
    time_zone: TimeZone
    locale: Locale | None = None
    venues: tuple[Venue, ...] = ()
    pupil: Name | None = None
    """What stands on a shared certificate that shall not name the child, such as `A swimmer`."""

    @model_validator(mode="after")
    def _venues_are_told_apart(self) -> Self:
        return _told_apart(self, "venue_id", [venue.venue_id for venue in self.venues])


class Guardian(Body):
    """An adult of a family: the one who gets the mail."""

    guardian_id: GivenId
    name: Name
    email: EmailAddress
    locale: Locale | None = None


class PutFamily(Body):
    """A family with its guardians. Putting it again replaces its name and its guardians."""

    family_id: GivenId
    name: Name
    guardians: tuple[Guardian, ...]

    @model_validator(mode="after")
    def _guardians_are_told_apart(self) -> Self:
        return _told_apart(self, "guardian_id", [guardian.guardian_id for guardian in self.guardians])


class PutTeacher(Body):
    teacher_id: GivenId
    name: Name


class PutStudent(Body):
    """A student of a family. Putting them again replaces all that is said here."""

    student_id: GivenId
    family_id: GivenId
    given_name: Name
    family_name: Name
    preferred_name: Name | None = None
    """What is printed instead of the given name."""
    level_id: GivenId | None = None
    """The level that they are in."""
    class_name: Name | None = None
    venue_id: GivenId | None = None
    weekday: Weekday | None = None
    """The day on which their class meets."""


class SetPreferredName(Body):
    """How the first name of a student is printed from now on; without one it is the given name again.

    The next `put_student` says it anew: a school that keeps its roster elsewhere corrects the name there too.
    """

    student_id: GivenId
    preferred_name: Name | None = None


class Skill(Body):
    skill_id: GivenId
    name: Name
    kind: SkillKind


class PutLevel(Body):
    """A level of the ladder with all its skills, in their order."""

    level_id: GivenId
    name: Name
    position: int
    """Its place in the ladder."""
    next_level_id: GivenId | None = None
    layout_id: GivenId | None = None
    """What its certificates are printed on; without one they wait, with the reason."""
    auto_issue: bool = False
    """A certificate is issued as soon as the level is complete, without anybody's press."""
    skills: tuple[Skill, ...]

    @model_validator(mode="after")
    def _skills_are_told_apart(self) -> Self:
        if self.next_level_id == self.level_id:
            raise ValueError("a level cannot be its own next level")
        return _told_apart(self, "skill_id", [skill.skill_id for skill in self.skills])


class Lines(Body):
    """Where the things of one kind were read, so that a refusal can name the place: one line for each, in order."""

    file: Name
    lines: tuple[Annotated[int, Field(ge=1)], ...]


class Origins(Body):
    levels: Lines | None = None
    teachers: Lines | None = None
    families: Lines | None = None
    students: Lines | None = None


class Kept(Body):
    """What the import says nothing of: whoever is known already keeps theirs, and what is new has none."""

    levels: tuple[Literal["name", "position", "next_level_id", "layout_id", "auto_issue", "skills"], ...] = ()
    families: tuple[Literal["guardians", "guardian_ids"], ...] = ()
    """`guardian_ids`: whoever has the e-mail address of a guardian whom the family has already is that guardian."""
    students: tuple[Literal["preferred_name", "level_id", "class_name", "venue_id", "weekday"], ...] = ()


class ImportRoster(Body):
    """Many at once: all of it is put, or, with reasons that name every mistake, nothing. Nobody is deleted.

    A new level without a position comes after all others.
    """

    levels: tuple[PutLevel, ...] = ()
    teachers: tuple[PutTeacher, ...] = ()
    families: tuple[PutFamily, ...] = ()
    students: tuple[PutStudent, ...] = ()
    keeps: Kept = Kept()
    origins: Origins = Origins()
    requested_by: Name | None = None

    @model_validator(mode="after")
    def _all_are_told_apart(self) -> Self:
        _told_apart(self, "level_id", [level.level_id for level in self.levels])
        _told_apart(self, "teacher_id", [teacher.teacher_id for teacher in self.teachers])
        _told_apart(self, "family_id", [family.family_id for family in self.families])
        return _told_apart(self, "student_id", [student.student_id for student in self.students])


def _told_apart(body: Told, what: str, ids: list[str]) -> Told:
    if len(set(ids)) < len(ids):
        raise ValueError(f"the same {what} is given twice")
    return body
