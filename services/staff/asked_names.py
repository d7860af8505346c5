"""The name that a family asks for, and how the child is called from then on. Pure."""

from __future__ import annotations

from contracts.queries import StudentRef


def first_name_in(wish: str, student: StudentRef) -> str | None:
    """The first name of a wish like `Ana Ngāta`, where the rest of it is the family name that the roster has.

    None where the family name is another: that is corrected in the roster.
    """
    family_name = student.family_name or ""
    for rest in (wish.removesuffix(family_name), wish.removeprefix(family_name)):
        if family_name and rest != wish and rest.strip():
            return rest.strip()
    return None


def first_name_now(student: StudentRef) -> str:
    """As it is printed."""
    return student.preferred_name or student.given_name or ""
