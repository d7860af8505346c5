"""Webhooks: another system is added, tested, changed, and told again what it has lost."""

from __future__ import annotations

from playwright.async_api import expect

from services.staff.roles import MANAGER
from tests.browser.term.school import Term


async def another_system_is_told_what_happens(term: Term) -> None:
    async with term.signed_in(MANAGER) as manager:
        await manager.goes("Webhooks")
        await manager.looks("webhooks")
        await manager.goes("Add a webhook")
        page, name = manager.page, f"Records {term.household.key}"
        # It leads inside: nothing is sent there, and the page says why.
        await page.get_by_label("Address").fill("https://localhost/hook")
        await page.get_by_label("What it is").fill(name)
        await page.get_by_label("A certificate was issued").check()
        await manager.looks("webhook-add")
        await manager.press("Add webhook")
        await manager.sees("It is shown this once.")
        await expect(page.get_by_text("whsec_")).to_be_visible()
        await manager.goes("To the webhook")
        await manager.press("Send a test")
        await manager.sees("A test is on its way.")
        await page.get_by_label("What it is").fill(f"{name} again")
        await manager.press("Save")
        await manager.sees("Saved.")
        await page.get_by_text("Send again from a time on").click()
        await page.get_by_label("From").fill("2026-03-05T16:05")
        await manager.press("Send again")
        await manager.sees("0 events are sent again.")
        await manager.looks("webhook", "The address leads into the network that Laurel runs in.")
