"""Commands that tell progression who is at the school, and what they learn."""

from __future__ import annotations

from typing import Self, TypeVar

from pydantic import model_validator

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
    student_id: GivenId
    family_id: GivenId
    given_name: Name
    family_name: Name
    preferred_name: Name | None = None
    level_id: GivenId | None = None
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
    next_level_id: GivenId | None = None
    layout_id: GivenId | None = None
    auto_issue: bool = False
    skills: tuple[Skill, ...]

    @model_validator(mode="after")
    def _skills_are_told_apart(self) -> Self:
        if self.next_level_id == self.level_id:
            raise ValueError("a level cannot be its own next level")
        return _told_apart(self, "skill_id", [skill.skill_id for skill in self.skills])


def _told_apart(body: Told, what: str, ids: list[str]) -> Told:
    if len(set(ids)) < len(ids):
        raise ValueError(f"the same {what} is given twice")
    return body
