"""The end of a term in a real browser: what waits is narrowed, found, ticked, corrected, previewed and started."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from contracts.base import Weekday
from contracts.catalogue import CHECK, PENDING, PICTURE, PREVIEW
from contracts.certificates import LayoutRef
from contracts.proofs import Checked, CheckFinding, Preview
from contracts.queries import Pending, PendingCertificate, PendingWarning
from contracts.rendering import FailureReason
from tests.browser.screens import SCREENS, Shown, at_a_desk_and_on_a_phone, sign_in
from tests.running import served
from tests.service.staff_school import (
    LEVEL_3,
    LEVEL_4,
    NO_LAYOUT,
    SINCE,
    TOM,
    WITH_NOTES,
    WITHOUT_NOTES,
    moving,
    student,
    waiting,
)
from tests.service.staff_web import StaffWeb

START = "certificates.cmd.start_generation"
GIVEN = ("Aroha", "Māia", "Tāmati", "Zoë", "Nikau", "Siobhán", "Wiremu", "Ngāhuia", "Łukasz", "Priya", "Håkon", "Mere")
FAMILY = ("Ngata", "O'Brien", "Tūwhare", "Nguyễn")
COUNT = 36
NOBODY = PendingWarning(code="no_guardian", message="Nobody will be mailed: this family has no address.")


def id_of(number: int) -> str:
    return f"0199bbbb-0000-7000-8000-{number:012}"


def child(number: int) -> PendingCertificate:
    """Two to a family, on two days at two venues; one has nobody to mail, one no layout."""
    saturday = number % 3 == 0
    day: Weekday = "saturday" if saturday else "tuesday"
    who = student(f"s{number}", f"{GIVEN[number % len(GIVEN)]} {FAMILY[number // 2 % len(FAMILY)]}")
    place = {"venue_id": "v2", "venue_name": "Swan River Pool"} if saturday else {}
    name = "Little Penguin, Sat 9.15 am" if saturday else "Seahorse, Tue 4.00 pm"
    who = who.model_copy(update={"family_id": f"f{number // 2}", "weekday": day, "class_name": name, **place})
    row = waiting(id_of(number), who, WITHOUT_NOTES if number % 9 == 4 else WITH_NOTES)
    more: dict[str, object] = {"level": LEVEL_4, "teacher": TOM} if number % 4 == 3 else {}
    if number == 6:
        more |= {"warnings": (NOBODY,), "guardians": 0}
    if number == 7:
        more |= {"blocked": NO_LAYOUT, "layout": None}
    return row.model_copy(update={"guardians": 2, "since": SINCE - timedelta(days=number), **more})


def all_children(**renamed: str) -> Pending:
    rows = [child(number) for number in range(COUNT)]
    rows = [
        row.model_copy(update={"student": row.student.model_copy(update={"name": renamed[row.student.student_id]})})
        if row.student.student_id in renamed
        else row
        for row in rows
    ]
    changes = tuple(moving(row.progression_id, row.student) for row in rows if row.level == LEVEL_3)
    return Pending(certificates=tuple(rows), level_changes=changes)


def a_picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (800, 566), "#dfe8f7").save(file, "JPEG")
    return file.getvalue()


class Office(Shown):
    """Somebody before the list, and what they see of it."""

    def __init__(self, page: Page, folder: Path, screen: str) -> None:
        super().__init__(page, folder, screen)
        self.tallied = page.locator(".tallied")
        self.certificates = page.get_by_role("region", name="Certificates to be Issued", exact=True)
        self.boxes = self.certificates.get_by_role("checkbox")

    def row(self, number: int) -> Locator:
        return self.page.locator(f"#row-{id_of(number)}")


@at_a_desk_and_on_a_phone
async def test_a_term_is_reviewed(chromium: Browser, web: StaffWeb, pictures: Path, screen: str) -> None:
    web.neighbours.know(PENDING, all_children())
    letter = FailureReason(code="missing_glyph", message="…")
    web.neighbours.know(CHECK, Checked(findings=(CheckFinding(place=2, reason=letter, letter="ā"),), checked=500))
    async with served(web.app) as url:
        page = await chromium.new_page(viewport=SCREENS[screen])
        await sign_in(page, url)
        office = Office(page, pictures, screen)
        await _what_is_ticked_is_tallied(office)
        await _found(office)
        await _narrowed(office)
        await _ticked(office)
        await _noted(office)
        await _corrected(office, web)
        await _looked_at(office, web)
        await _started(office, web)
        await page.close()
    assert office.complaints == []


async def _what_is_ticked_is_tallied(office: Office) -> None:
    await expect(office.tallied).to_contain_text("35 selected, 1 blocked, 17 families will be mailed")
    await expect(office.row(6)).to_contain_text("Nobody will be mailed")
    await expect(office.row(7).get_by_role("link", name="Choose a layout for Level 4")).to_be_visible()
    # The names were checked on paper meanwhile.
    await expect(office.page.get_by_text("No font of “Classic” has the letter ā: it would be a box.")).to_be_visible()
    await office.picture("pending-all")
    await office.picture("pending-screen", whole=False)


async def _found(office: Office) -> None:
    await office.page.keyboard.press("/")
    await expect(office.page.get_by_role("searchbox")).to_be_focused()
    await office.page.keyboard.type("maia")
    await expect(
        office.certificates.get_by_role("row").filter(visible=True).filter(has=office.page.get_by_role("checkbox"))
    ).to_have_count(3)
    await office.picture("pending-found")
    assert "maia" not in office.page.url
    await office.page.keyboard.press("Escape")
    await expect(office.boxes.filter(visible=True)).to_have_count(COUNT)
    await expect(office.tallied).to_contain_text("35 selected")


async def _narrowed(office: Office) -> None:
    page = office.page
    await office.row(0).get_by_role("checkbox").uncheck()
    if not await page.get_by_label("Day").is_visible():
        await page.get_by_text("Filters", exact=True).click()
    await page.get_by_label("Day").select_option(label="Saturday")
    await page.wait_for_url(re.compile(r"/pending\?day=saturday$"))
    await expect(office.boxes).to_have_count(12)
    # What was unticked stays so, whatever is chosen above it.
    await expect(office.row(0).get_by_role("checkbox")).not_to_be_checked()
    await page.get_by_label("Sort by").select_option(label="By name")
    await page.wait_for_url(re.compile(r"/pending\?day=saturday&sort=student$"))
    await office.picture("pending-saturday")
    await page.get_by_role("link", name="Clear filters").click()
    await expect(office.boxes).to_have_count(COUNT)
    await expect(office.tallied).to_contain_text("35 selected, 1 blocked, 17 families")
    if await page.get_by_role("columnheader", name="Waiting since").count():
        await office.certificates.get_by_role("link", name="Waiting since").click()
        header = office.certificates.get_by_role("columnheader", name="Waiting since")
        await expect(header).to_have_attribute("aria-sort", "ascending")
        await expect(office.boxes.first).to_have_attribute("value", id_of(COUNT - 1))
    await page.goto(page.url.partition("?")[0])


async def _ticked(office: Office) -> None:
    """A range with shift, and by the keyboard alone."""
    box = [office.row(number).get_by_role("checkbox") for number in range(COUNT)]
    await expect(box[0]).not_to_be_checked()
    await box[1].click()
    await box[5].click(modifiers=["Shift"])
    for number in range(6):
        await expect(box[number]).not_to_be_checked()
    await expect(office.tallied).to_contain_text("29 certificates")
    await office.page.keyboard.press("ArrowDown")
    await expect(box[6]).to_be_focused()
    await office.page.keyboard.press("Space")
    await expect(box[6]).not_to_be_checked()
    # The blocked one is passed by.
    await office.page.keyboard.press("ArrowDown")
    await expect(box[8]).to_be_focused()
    await office.page.keyboard.press("ArrowUp")
    await office.page.keyboard.press("Space")
    await expect(box[6]).to_be_checked()
    await office.certificates.get_by_role("button", name="Untick all").click()
    await expect(office.tallied).to_contain_text("0 certificates")
    await office.certificates.get_by_role("button", name="Tick all", exact=True).click()
    await expect(office.tallied).to_contain_text("35 certificates")


async def _noted(office: Office) -> None:
    await office.page.get_by_text("Add a note for all").click()
    await office.page.get_by_label("A note for all").fill("Ka pai, everyone!")
    notes = office.row(1).get_by_role("textbox")
    await expect(notes).to_have_attribute("placeholder", "Ka pai, everyone!")
    await notes.fill("Brave in the deep end.")
    await office.page.get_by_label("A note for all").fill("x" * 120)
    await expect(office.page.locator(".room.over")).to_have_count(0)
    await office.page.get_by_label("A note for all").fill("Ka pai, everyone!")


async def _corrected(office: Office, web: StaffWeb) -> None:
    await office.row(2).get_by_role("link", name="Edit name").click()
    sheet = office.page.get_by_role("dialog", name="Name on certificate")
    await expect(sheet.get_by_label("First name, as it is printed")).to_have_value("Tāmati")
    await office.picture("pending-name", whole=False)
    await sheet.get_by_label("First name, as it is printed").fill("Tommy")
    web.neighbours.know(PENDING, all_children(s2="Tommy O'Brien"))
    await sheet.get_by_role("button", name="Save name").click()
    await expect(sheet).to_be_hidden()
    await expect(office.row(2).get_by_role("link", name="Tommy O'Brien")).to_be_visible()
    await expect(office.row(2).get_by_label("Issue Level 3 to Tommy O'Brien")).to_be_checked()
    await expect(office.row(1).get_by_role("textbox")).to_have_value("Brave in the deep end.")
    assert web.neighbours.told("roster.cmd.set_preferred_name") == [{"student_id": "s2", "preferred_name": "Tommy"}]


async def _looked_at(office: Office, web: StaffWeb) -> None:
    layout = LayoutRef(layout_id="classic", layout_version=1)
    web.neighbours.know(PREVIEW, Preview(layout=layout, fields={}, placeholders=("number",)))
    web.neighbours.know(PICTURE, a_picture())
    await office.row(1).get_by_role("link", name="Preview").click()
    sheet = office.page.get_by_role("dialog", name="Preview: Māia Ngata")
    await expect(sheet.get_by_role("img", name="The certificate of Māia Ngata as it will be printed")).to_be_visible()
    await office.picture("pending-preview", whole=False)
    asked = [request.model_dump() for name, _, request in web.neighbours.asked if name == "preview"]
    assert asked[0]["notes"] == "Brave in the deep end."
    await office.page.keyboard.press("Escape")
    await expect(office.row(1).get_by_role("link", name="Preview")).to_be_focused()


async def _started(office: Office, web: StaffWeb) -> None:
    await office.row(3).get_by_role("checkbox").uncheck()
    await office.page.get_by_role("button", name="Start Certificate Generation").click()
    await expect(office.page.get_by_role("heading", name="Check and start")).to_be_visible()
    await office.picture("confirm")
    await office.page.get_by_role("button", name="Start Certificate Generation").click()
    await office.page.wait_for_url("**/runs/*")
    [told] = web.neighbours.told(START)
    notes = {certificate["progression_id"]: certificate.get("notes") for certificate in told["certificates"]}
    assert len(notes) == COUNT - 2
    assert notes[id_of(1)] == "Brave in the deep end."
    assert notes[id_of(2)] == "Ka pai, everyone!"
    assert notes[id_of(4)] is None
    assert not {id_of(3), id_of(7)} & notes.keys()
