"""At the poolside: a class is marked, a level completed, celebrated and taken back."""

from __future__ import annotations

from playwright.async_api import expect

from services.staff.roles import TEACHER
from tests.browser.screens import take_back
from tests.browser.term.school import Office, Term


async def a_class_is_marked(term: Term) -> None:
    await term.child("Wiremu")
    name = f"Wiremu {term.family_name}"
    async with term.signed_in(TEACHER) as teacher:
        await teacher.looks("classes", "Classes")
        await _to_class(teacher)
        await teacher.page.get_by_label("Teacher").select_option(value=term.household.teacher_id)
        card = teacher.page.get_by_role("group", name=name)
        await card.get_by_label("Floats on the back").check()
        await card.get_by_label("Freestyle 10 m").fill("100")
        await expect(teacher.page.get_by_role("button", name="Carry on")).to_be_visible()
        await teacher.picture("term-celebration", whole=False)
        await take_back(teacher.page.locator("[data-celebration]"))
        await expect(card.get_by_text("Level mastered")).to_be_hidden()
        await card.get_by_label("Freestyle 10 m").fill("60")
        await expect(card.get_by_text("Saved").last).to_be_visible()
        await teacher.looks("class")
        await teacher.goes(name)
        await teacher.looks("student-of-a-teacher", "Freestyle 10 m")


async def a_class_is_marked_without_script(term: Term) -> None:
    await term.child("Ana")
    async with term.signed_in(TEACHER, script=False) as teacher:
        await _to_class(teacher)
        await teacher.page.get_by_label("Teacher").select_option(value=term.household.teacher_id)
        await (
            teacher.page.get_by_role("group", name=f"Ana {term.family_name}").get_by_label("Floats on the back").check()
        )
        await teacher.press("Save marks")
        await teacher.sees("Marks saved")


async def _to_class(teacher: Office) -> None:
    await teacher.goes("Classes", teacher.term.household.class_name)
