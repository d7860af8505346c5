"""A family asks what is held about it, and that a child be forgotten."""

from __future__ import annotations

from playwright.async_api import expect

from services.staff.roles import MANAGER
from tests.browser.term.school import Term

A_MINUTE_MS = 60_000


async def a_family_is_exported_and_a_child_erased(term: Term) -> None:
    [student_id] = await term.ready("Hinewai")
    await term.child("Tihema")
    async with term.signed_in(MANAGER) as manager:
        await manager.opens(f"/students/{student_id}")
        async with manager.page.expect_download() as download:
            await manager.goes("Export what is held about this family")
        assert (await download.value).suggested_filename == f"family-{term.household.key}.zip"
        await manager.goes("Erase this child…")
        await manager.looks("erase", "What goes", "stays: it has other children here")
        name = manager.page.get_by_label("To erase this child for good")
        await name.fill("Hinewai")
        await manager.press("Erase this child")
        await manager.looks("erase-not", "Nothing was erased")
        await name.fill(f"hinewai {term.family_name}")
        await manager.page.get_by_label("Why?").fill("The parents asked for it in writing")
        await manager.press("Erase this child")
        await manager.sees("Receipt of an erasure")
        await expect(manager.main.get_by_text("Everything is erased")).to_be_visible(timeout=A_MINUTE_MS)
        await manager.looks("erasure", "The mails", "The parents asked for it in writing")
        await manager.goes("Erasures")
        await manager.looks("erasures", "Done")
        await manager.opens(f"/students/{student_id}")
        await manager.sees("There is nothing here")
