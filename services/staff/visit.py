"""One request of one signed-in person: what was asked for, the desk to answer it with, and the page that answers."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contracts.base import GIVEN_ID_PATTERN
from contracts.catalogue import SCHOOL_ITSELF, SUMMARY
from contracts.queries import Everything, School, Summary
from services.kit.broker import QueryRefused
from services.staff.desk import Desk
from services.staff.forms import form_of, whole
from services.staff.passwords import one_time_password
from services.staff.roles import OFFICE
from services.staff.screens import Screens
from services.staff.sessions import form_token

MAX_FIELDS = 20_000
"""A class of 40 with 50 skills each is 6,000 fields."""


MOST_FORM_BYTES = 40_000_000
"""Files are among it."""


class NotFound(Exception):
    """There is nothing at this address."""


class Visit:
    def __init__(self, request: Request, desk: Desk, screens: Screens, token: str) -> None:
        self.request = request
        self.desk = desk
        self._screens = screens
        self._token = token

    async def form(self) -> FormData:
        """What was typed and chosen. HTTPException where it is more than any page asks for."""
        length = whole(self.request.headers.get("content-length", "0"))
        if length is None or length > MOST_FORM_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return await form_of(self.request, max_fields=MAX_FIELDS)

    def id_in_path(self, name: str) -> str:
        """An id from the address; NotFound where nothing could have such an id."""
        return _given_id(str(self.request.path_params[name]))

    def id_asked_for(self, name: str) -> str | None:
        """An id from the address's query, if there is one; NotFound as above."""
        value = self.request.query_params.get(name)
        return _given_id(value) if value else None

    def one_time_password(self, press_id: str) -> str:
        """For somebody else's account: the same for the same form, which only this session can have been shown."""
        return one_time_password(self._token, press_id)

    async def page(self, template: str, *, status: int = HTTPStatus.OK, **shown: Any) -> Response:
        """The template with the quick access box beside it."""
        school, summary = await asyncio.gather(self.school(), self._summary())
        return self._show(template, status, school, summary, shown)

    def problem(self, status: int, title: str, message: str, **shown: Any) -> Response:
        """A page that asks nobody for anything, and so can always be shown."""
        return self._show("problem.html", status, None, None, {"title": title, "message": message, **shown})

    def _show(
        self, template: str, status: int, school: School | None, summary: Summary | None, shown: dict[str, Any]
    ) -> Response:
        return self._screens.show(
            template,
            status=status,
            person=self.desk.person,
            form_token=form_token(self._token),
            here=self.request.url.path,
            school=school,
            summary=summary,
            time_zone=school.time_zone if school else "UTC",
            **shown,
        )

    async def school(self) -> School | None:
        """None where the school has not told its name yet."""
        return await self.desk.ask_unless_silent(SCHOOL_ITSELF, Everything())

    async def _summary(self) -> Summary | None:
        """What the office has to do. None for whoever does not issue."""
        may_issue = self.desk.person.may(OFFICE)
        return await self.desk.ask_unless_silent(SUMMARY, Everything()) if may_issue else None


def is_missing(refusal: QueryRefused) -> bool:
    """Whether a question was refused because what it asks about is not there."""
    return refusal.code == "not_found" or (refusal.code.startswith("unknown_") and refusal.code != "unknown_school")


def _given_id(value: str) -> str:
    if not re.fullmatch(GIVEN_ID_PATTERN, value):
        raise NotFound
    return value


def see(address: str) -> Response:
    """Go and look there: the answer to every form that was acted on."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
