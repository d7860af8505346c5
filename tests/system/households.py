"""A household of the test's own at the demo school, and what reaches it: papers, mail, pages."""

from __future__ import annotations

import email
import email.policy
import re
import uuid
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.school import Event, SchoolSystem
from tests.waiting import eventually

LAYOUT_WITH_NOTES = "harbour"
LAYOUT_WITHOUT_NOTES = "shoreline"


class Household:
    """One family with two guardians, in a class and on a ladder of two levels that nobody else is on."""

    def __init__(self, school: SchoolSystem, mail: Path) -> None:
        self.school = school
        self._mail = mail
        self.key = uuid.uuid4().hex[:8]
        self.class_name = f"Class {self.key}"
        self.first_level = f"first-{self.key}"
        self.last_level = f"last-{self.key}"
        self.teacher_id = f"teacher-{self.key}"
        self.addresses = [f"{guardian}-{self.key}@family.example" for guardian in ("mere", "hemi")]

    async def settle(self) -> None:
        """Tell the school about the family, its teacher and its levels; the last level has no layout."""
        await self.put_family(*self.addresses)
        await self._accepted("roster.cmd.put_teacher", {"teacher_id": self.teacher_id, "name": "Māia Tūhoe"})
        await self.level(self.last_level, f"Kingfish {self.key}", 101)
        more = {"next_level_id": self.last_level, "layout_id": LAYOUT_WITH_NOTES}
        await self.level(self.first_level, f"Seahorse {self.key}", 100, **more)

    async def put_family(self, *addresses: str) -> None:
        """With a guardian for each address."""
        guardians = [
            {"guardian_id": f"g{n}-{self.key}", "name": f"Guardian {n}", "email": address}
            for n, address in enumerate(addresses)
        ]
        await self._accepted(
            "roster.cmd.put_family", {"family_id": self.key, "name": "O'Neill", "guardians": guardians}
        )

    async def level(self, level_id: str, name: str, position: int, **more: Any) -> None:
        skills = [
            {"skill_id": "float", "name": "Floats on the back", "kind": "tick"},
            {"skill_id": "swim", "name": "Freestyle 10 m", "kind": "scale"},
        ]
        body = {"level_id": level_id, "name": name, "position": position, "skills": skills, **more}
        await self._accepted("roster.cmd.put_level", body)

    async def add_student(self, given_name: str, family_name: str, level_id: str | None = None) -> str:
        student_id = f"s-{uuid.uuid4().hex[:12]}"
        body = {
            "student_id": student_id,
            "family_id": self.key,
            "given_name": given_name,
            "family_name": family_name,
            "level_id": level_id or self.first_level,
            "class_name": self.class_name,
        }
        await self._accepted("roster.cmd.put_student", body)
        return student_id

    async def complete(self, student_id: str, level_id: str | None = None) -> str:
        """Mark every skill, and return the progression that is pending then."""
        level_id = level_id or self.first_level
        marks = [{"skill_id": "float", "value": True}, {"skill_id": "swim", "value": 100}]
        body = {
            "student_id": student_id,
            "level_id": level_id,
            "teacher_id": self.teacher_id,
            "marked_on": "2026-11-20",
            "marks": marks,
        }
        await self.school.command("progress.cmd.record_marks", body)
        completed = await self.school.event("progress.evt.level_completed", student_id=student_id, level_id=level_id)
        progression_id: str = completed["progression_id"]
        return progression_id

    async def paper(self, issued: Event) -> bytes:
        asked = {"certificate_id": issued["certificate_id"], "version": issued["version"]}
        return await self.school.ask_bytes("rendering.query.pdf", asked)

    def mails(self, address: str | None = None) -> list[EmailMessage]:
        """What the family (or one of its guardians) was mailed."""
        wanted = [address] if address else self.addresses
        read = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self._mail.glob("*.eml"))
        ]
        return [mail for mail in read if any(each in str(mail["To"]) for each in wanted)]

    async def mail(self, address: str) -> EmailMessage:
        """The guardian's first mail, waited for."""

        async def look() -> EmailMessage | None:
            return next(iter(self.mails(address)), None)

        return await eventually(look, within=60, what=f"a mail to {address}")

    async def _accepted(self, name: str, body: Any) -> None:
        command_id = await self.school.command(name, body)

        async def handled() -> bool:
            outcome = await self.school.ask("progression.query.command", {"command_id": command_id})
            assert outcome["state"] != "refused", outcome
            return bool(outcome["state"] == "accepted")

        await eventually(handled, within=30)


def plain_text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_text(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def family_link(mail: EmailMessage) -> str:
    found = re.search(r"https?://\S+/family/\S+", plain_text(mail))
    assert found is not None, plain_text(mail)
    return found.group()
