"""Before the term: levels and layouts are made, a roster is imported, people are let in."""

from __future__ import annotations

import io
import json
import zipfile
from base64 import b64encode
from pathlib import Path

from playwright.async_api import FilePayload, expect

from services.staff.roles import MANAGER, OFFICE
from tests.browser.term.school import LAYOUTS, Office, Term

DROPPED = """(area, [name, encoded]) => {
    const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], name));
    area.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
}"""
LINES = {
    "families.csv": "family_id,family name,parent 1 name,parent 1 e-mail\n{key},Tūhoe,Mere,mere@{key}.example\n",
    "students.csv": "student_id,family_id,first name,surname,class\ni-{key},{key},Ihaia,Tūhoe,Imported {key}\n",
}


async def a_layout_is_uploaded_and_a_level_uses_it(term: Term) -> None:
    name = f"term-{term.household.key}"
    async with term.signed_in(MANAGER) as manager:
        await manager.goes("Layouts")
        await manager.looks("layouts", "Upload a layout")
        await _dropped(manager, f"{name}.zip", zipped(LAYOUTS / "roomy", page={"size": "A9"}))
        await manager.press("Check and publish")
        await manager.looks("layouts-problems", "was not published")
        await _dropped(manager, f"{name}.zip", zipped(LAYOUTS / "roomy", name=f"Roomy {name}"))
        await manager.press("Only check it")
        await manager.looks("layouts-checked", "It would be version 1.")
        await _dropped(manager, f"{name}.zip", zipped(LAYOUTS / "roomy", name=f"Roomy {name}"))
        await manager.press("Check and publish")
        await manager.sees("Version 1 is published.")
        await _dropped(manager, f"{name}.zip", zipped(LAYOUTS / "cramped", name=f"Roomy {name}"))
        await manager.press("Check and publish")
        await manager.looks("layouts-too-small", "is too long for the layout")
        await manager.goes(f"Roomy {name}")
        await manager.sees("Upload a new version")
        await _dropped(manager, f"{name}.zip", zipped(LAYOUTS / "roomy", name=f"Roomier {name}"))
        await manager.press("Check and publish")
        await manager.looks("layout", "Version 2 is published.", "With the longest texts")
        await manager.goes("Version 1")
        await manager.looks("layout-older", "an older one")
        await _a_level(manager, f"Roomier {name} (A4 landscape)")


async def _a_level(manager: Office, layout: str) -> None:
    level = f"Otter {manager.term.household.key}"
    await manager.goes("Levels")
    await manager.looks("levels", "The ladder that students climb")
    await manager.goes("Add a level")
    await manager.page.get_by_label("Name", exact=True).fill(level)
    await manager.page.get_by_label("Layout of its certificate").select_option(label=layout)
    await manager.press("Add a skill")
    await manager.page.get_by_role("textbox", name="Name of skill 1").fill("Dives for a ring")
    await manager.looks("level-new", "Issue by itself")
    await manager.press("Save level")
    await manager.sees(f"{level} is saved.")
    await manager.press(f"Move {level} up")
    await expect(manager.page.get_by_role("button", name=f"Move {level} up")).to_be_focused()
    await manager.goes(level)
    await manager.press("Add a skill")
    await manager.page.get_by_role("textbox", name="Name of skill 2").fill("Floats for a minute")
    await manager.press("Move the new skill up")
    await manager.looks("level", "When you save")
    await manager.press("Save level")
    await manager.looks("levels-saved", f"{level} is saved.")


async def a_roster_is_imported(term: Term) -> None:
    files = {name: lines.format(key=f"i{term.household.key}") for name, lines in LINES.items()}
    async with term.signed_in(OFFICE) as office:
        await office.goes("Import")
        await office.looks("import", "What the files hold")
        for link in ("Template", "What is there now"):
            async with office.page.expect_download() as download:
                await office.goes(link)
            assert (await download.value).suggested_filename.endswith(".csv")
        chosen = office.page.get_by_label("Choose CSV files, or drop them here")
        await chosen.set_input_files([_file("students.csv", "student_id,first name\n1,\n")])
        await office.press("Check the files")
        await office.looks("import-problems", "2 places need mending")
        await office.goes("choose the files again")
        await chosen.set_input_files([_file(name, lines) for name, lines in files.items()])
        await office.press("Check the files")
        await office.looks("import-check", "Nothing has been changed yet.")
        await office.press("Import 2 changes")
        await office.sees("1 family: 1 new, 0 changed")
        await office.looks("import-done")
        await office.goes("Classes")
        await office.sees(f"Imported i{term.household.key}")


async def somebody_comes_and_goes(term: Term) -> None:
    """A new teacher signs in, becomes the office, forgets her password, leaves, and comes back."""
    username, called = f"hana-{term.household.key}", f"Hana {term.household.key}"
    async with term.signed_in(MANAGER) as manager:
        await manager.goes("People")
        await manager.looks("people", "Who may sign in here")
        await manager.goes("Add a person")
        await manager.page.get_by_label("Name", exact=True).fill(called)
        await manager.page.get_by_label("Username").fill(username)
        await manager.page.get_by_role("radio", name="Teacher").check()
        await manager.looks("person-add")
        await manager.press("Add person")
        await manager.looks("password-given", f"{called} can sign in")
        await _chooses_a_password(term, username, await manager.page.locator("code").inner_text())
        await manager.goes("I have passed it on", called)
        await manager.page.get_by_role("radio", name="Office").check()
        await manager.press("Save")
        await manager.looks("person", "Saved.")
        await manager.page.get_by_text("Give a new password").click()
        await manager.press("Give new password")
        await manager.looks("password-new", f"{called} has a new password")
        await manager.goes("I have passed it on", called)
        await manager.page.get_by_text("Close this account").click()
        await manager.looks("person-closing", "For somebody who has left.")
        await manager.press("Close account")
        await manager.looks("person-closed", "This account is closed")
        await manager.press("Reopen account")
        await manager.sees("Close this account")
        await manager.press("Sign out")
        await expect(manager.page.get_by_label("Username")).to_be_visible()


async def _chooses_a_password(term: Term, username: str, password: str) -> None:
    async with term.somebody(username, password) as hana:
        await hana.looks("password-first", "From now on you use one that you alone know.")
        await hana.page.get_by_label("One-time password").fill(password)
        for label in ("New password", "New password again"):
            await hana.page.get_by_label(label, exact=True).fill("rain on the harbour")
        await hana.press("Choose password")
        await hana.sees("Choose a class to mark its students' skills.")


async def _dropped(office: Office, name: str, content: bytes) -> None:
    await office.page.locator(".drop").evaluate(DROPPED, [name, b64encode(content).decode()])
    await office.sees(name)


def zipped(folder: Path, **changed: object) -> bytes:
    """A layout's folder as a manager uploads it, with these words of its layout.json changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.iterdir()):
            content = path.read_bytes()
            if path.name == "layout.json":
                described = json.loads(content)
                content = json.dumps(
                    {key: _merged(value, changed.get(key)) for key, value in described.items()}
                ).encode()
            archive.writestr(path.name, content)
    return file.getvalue()


def _merged(value: object, changed: object) -> object:
    return value | changed if isinstance(value, dict) and isinstance(changed, dict) else changed or value


def _file(name: str, content: str) -> FilePayload:
    return FilePayload(name=name, mimeType="text/csv", buffer=content.encode())
