"""People: who may sign in, and as what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from uuid import UUID

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.base import GIVEN_ID_PATTERN
from contracts.envelope import new_id
from services.staff.accounts import normal
from services.staff.acts import By
from services.staff.forms import text
from services.staff.people import Account, LastManager, People, UnknownAccount, UsernameTaken
from services.staff.roles import Role
from services.staff.visit import NotFound, Visit, see

ROLES = {
    Role.TEACHER: ("Teacher", "Marks classes, and looks at students and their certificates."),
    Role.OFFICE: ("Office", "Issues certificates too, and sees to what needs attention."),
    Role.MANAGER: ("Manager", "Withdraws and corrects certificates too, and looks after layouts, levels and people."),
}
"""Each role's name, and what it is for."""

DONE = {
    "saved": "Saved.",
    "closed": "The account is closed. Nobody is signed in with it any more.",
    "reopened": "The account is open again.",
}
"""What was done to an account, by the word for it in the address that follows."""

TAKEN = "Somebody has this username already. Choose another, such as one with the family name in it."
ONLY_MANAGER = "This is the school's only manager. Make somebody else a manager first."
NO_NAME = "Give the name that is shown on screens."
NO_ROLE = "Choose what this person may do."
NO_USERNAME = "A username has 2 to 60 characters, without blanks."


@dataclass(frozen=True, slots=True)
class Typed:
    """What is typed about a person."""

    display_name: str = ""
    username: str = ""
    role: str = ""

    @classmethod
    def of(cls, form: FormData) -> Self:
        return cls(text(form, "display_name")[:200], text(form, "username"), text(form, "role"))

    @classmethod
    def about(cls, account: Account) -> Self:
        return cls(account.display_name, account.username, account.role)

    def problems(self, *, new: bool) -> list[str]:
        """Why it cannot be used; nothing where it can."""
        found = [] if self.display_name and self.display_name.isprintable() else [NO_NAME]
        if new and not re.fullmatch(r"[^\s\x00-\x1f\x7f]{2,60}", normal(self.username)):
            found.append(NO_USERNAME)
        return found if self.role in list(Role) else [*found, NO_ROLE]


class PeoplePages:
    """For managers alone: the gate sees to it."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def show_all(self, visit: Visit) -> Response:
        school_id = visit.desk.school_id
        accounts, acts = await self._people.all(school_id), await self._people.acts(school_id)
        return await visit.page("people.html", accounts=accounts, acts=acts, roles=ROLES)

    async def show_form(self, visit: Visit) -> Response:
        return await _form(visit, Typed())

    async def add(self, visit: Visit) -> Response:
        """One form is one person, with one password: sent twice, it shows the same again."""
        form = await visit.form()
        typed, press_id = Typed.of(form), _press(form)
        if problems := typed.problems(new=True):
            return await _form(visit, typed, problems)
        password = visit.one_time_password(press_id)
        by = By.person(visit.desk.person, press_id)
        try:
            account_id = await self._people.add(
                by,
                username=typed.username,
                display_name=typed.display_name,
                role=Role(typed.role),
                password=password,
            )
        except UsernameTaken:
            return await _form(visit, typed, [TAKEN])
        return await self._given(visit, account_id, password, added=True)

    async def show(self, visit: Visit) -> Response:
        return await self._person(visit)

    async def change(self, visit: Visit) -> Response:
        form = await visit.form()
        typed, by = Typed.of(form), By.person(visit.desk.person, _press(form))
        if problems := typed.problems(new=False):
            return await self._person(visit, typed, problems)
        try:
            await self._people.change(by, _account_id(visit), display_name=typed.display_name, role=Role(typed.role))
        except LastManager:
            return await self._person(visit, typed, [ONLY_MANAGER])
        except UnknownAccount as unknown:
            raise NotFound from unknown
        return see(f"/people/{_account_id(visit)}?done=saved")

    async def give_password(self, visit: Visit) -> Response:
        press_id = _press(await visit.form())
        password = visit.one_time_password(press_id)
        try:
            await self._people.give_password(By.person(visit.desk.person, press_id), _account_id(visit), password)
        except UnknownAccount as unknown:
            raise NotFound from unknown
        return await self._given(visit, _account_id(visit), password, added=False)

    async def close(self, visit: Visit) -> Response:
        by = By.person(visit.desk.person, _press(await visit.form()))
        try:
            await self._people.close(by, _account_id(visit))
        except LastManager:
            return await self._person(visit, problems=[ONLY_MANAGER])
        except UnknownAccount as unknown:
            raise NotFound from unknown
        return see(f"/people/{_account_id(visit)}?done=closed")

    async def reopen(self, visit: Visit) -> Response:
        by = By.person(visit.desk.person, _press(await visit.form()))
        try:
            await self._people.reopen(by, _account_id(visit))
        except UnknownAccount as unknown:
            raise NotFound from unknown
        return see(f"/people/{_account_id(visit)}?done=reopened")

    async def _person(self, visit: Visit, typed: Typed | None = None, problems: Sequence[str] = ()) -> Response:
        account = await self._account(visit, _account_id(visit))
        return await visit.page(
            "person.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
            account=account,
            acts=await self._people.acts(visit.desk.school_id, account.account_id),
            typed=typed or Typed.about(account),
            problems=problems,
            roles=ROLES,
            form_id=new_id(),
            done=DONE.get(visit.request.query_params.get("done", "")),
        )

    async def _given(self, visit: Visit, account_id: UUID, password: str, *, added: bool) -> Response:
        account = await self._account(visit, account_id)
        return await visit.page("password_given.html", account=account, password=password, added=added)

    async def _account(self, visit: Visit, account_id: UUID) -> Account:
        try:
            return await self._people.one(visit.desk.school_id, account_id)
        except UnknownAccount as unknown:
            raise NotFound from unknown


async def _form(visit: Visit, typed: Typed, problems: Sequence[str] = ()) -> Response:
    return await visit.page(
        "person_add.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        typed=typed,
        problems=problems,
        roles=ROLES,
        form_id=new_id(),
    )


def _press(form: FormData) -> str:
    """The id of the form, without which it was not shown by us."""
    press_id = text(form, "form_id")
    if not re.fullmatch(GIVEN_ID_PATTERN, press_id):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return press_id


def _account_id(visit: Visit) -> UUID:
    return UUID(str(visit.request.path_params["account_id"]))
