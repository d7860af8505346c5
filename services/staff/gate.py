"""The one way in: nobody without a session sees a page, nobody sees or does what their role may not, and no form acts
that this web did not show.

It also turns what goes wrong inside a page into a page that a person can read.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.kit.delivery import passes_by_itself
from services.kit.telemetry import get_logger
from services.staff.courier import Courier
from services.staff.desk import Desk
from services.staff.people import People
from services.staff.roles import TEACHER, Role
from services.staff.screens import Screens
from services.staff.sessions import Sessions, is_our_form, token_of
from services.staff.visit import NotFound, Visit, is_missing, see

Page: TypeAlias = Callable[[Visit], Awaitable[Response]]

FIRST_OF_ALL = "/password"
"""Where whoever still has a password that somebody else gave them chooses their own, before anything else."""

FOR = {Role.OFFICE: "This is for the office", Role.MANAGER: "This is for managers"}
THEIRS = {Role.TEACHER: "A teacher's account", Role.OFFICE: "An office account"}


class Gate:
    def __init__(
        self, sessions: Sessions, people: People, bus: Bus, courier: Courier, screens: Screens, patience_s: float
    ) -> None:
        self._sessions = sessions
        self._people = people
        self._bus = bus
        self._courier = courier
        self._screens = screens
        self._patience_s = patience_s

    def shows(self, path: str, page: Page, needs: Role) -> Route:
        """A page to look at: it changes nothing. `needs`: the role that may open it, and every role above it."""
        return Route(path, self._endpoint(page, needs), methods=["GET"])

    def acts(self, path: str, page: Page, needs: Role) -> Route:
        """A form's target, for whoever may send it."""
        return Route(path, self._endpoint(page, needs), methods=["POST"])

    def nothing_else(self) -> Route:
        """Every other address, so that strangers cannot tell which addresses exist."""
        return Route("/{rest:path}", self._endpoint(_nothing, TEACHER), methods=["GET", "POST"])

    def _endpoint(self, page: Page, needs: Role) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            token = token_of(request)
            person = await self._sessions.person(token)
            if token is None or person is None:
                return _to_sign_in(request)
            if person.password_is_given and request.url.path != FIRST_OF_ALL:
                return see(FIRST_OF_ALL)
            desk = Desk(self._bus, self._courier, person, self._patience_s)
            visit = Visit(request, desk, self._screens, token)
            if not person.role.may(needs):
                return await self._not_theirs(visit, needs)
            try:
                return await _readable(page, visit, token)
            finally:
                # What was uploaded lies in files of its own meanwhile.
                await request.close()

        return endpoint

    async def _not_theirs(self, visit: Visit, needs: Role) -> Response:
        """Nothing was read or done; whom to ask is said."""
        person, is_act = visit.desk.person, visit.request.method == "POST"
        cannot = "cannot do this, and nothing was changed" if is_act else "cannot open this page"
        managers = await self._people.managers(person.school_id)
        ask = f"Ask a manager of your school: {either(managers)}." if managers else "Ask whoever set Laurel up."
        message = f"{THEIRS[person.role]} {cannot}. Do you need it for your work? {ask}"
        return await visit.page("problem.html", status=HTTPStatus.FORBIDDEN, title=FOR[needs], message=message)


def either(names: Sequence[str]) -> str:
    """`Ana, Ben or Cy`."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


async def _nothing(_: Visit) -> Response:
    raise NotFound


def _to_sign_in(request: Request) -> Response:
    """Back here afterwards, unless something was to be done: that has to be pressed again."""
    if request.method == "POST" or request.url.path == "/":
        return see("/sign-in")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return see(f"/sign-in?next={quote(here, safe='/')}")


async def _readable(page: Page, visit: Visit, token: str) -> Response:
    """The page, or the reason why there is none."""
    try:
        if visit.request.method == "POST" and not is_our_form(token, (await visit.form()).get("form_token")):
            return await _stale(visit)
        return await page(visit)
    except NotFound:
        return await _missing(visit)
    except QueryRefused as refusal:
        return await _missing(visit) if is_missing(refusal) else _refused(visit, refusal)
    except NobodyAnswered:
        return await _unreachable(visit)
    except ClientDisconnect:
        # Whoever asked has left the page: nobody reads this.
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    except HTTPException as error:
        return visit.problem(error.status_code, "That could not be read", "Go back and try again.")
    except Exception as error:
        return await _unreachable(visit) if passes_by_itself(error) else _broken(visit, error)


async def _stale(visit: Visit) -> Response:
    return await visit.page(
        "problem.html",
        status=HTTPStatus.FORBIDDEN,
        title="That page was out of date",
        message="Nothing was changed. Open the page again and repeat it.",
    )


async def _missing(visit: Visit) -> Response:
    return await visit.page(
        "problem.html",
        status=HTTPStatus.NOT_FOUND,
        title="There is nothing here",
        message="It may have been moved, or the link may be incomplete.",
    )


def _refused(visit: Visit, refusal: QueryRefused) -> Response:
    get_logger().warning("query_refused", code=refusal.code)
    return visit.problem(HTTPStatus.BAD_GATEWAY, "The school's records could not answer", str(refusal))


async def _unreachable(visit: Visit) -> Response:
    """What was typed is kept in the page, to be sent again as it was."""
    get_logger().warning("records_unreachable")
    typed = (await visit.form()).multi_items() if visit.request.method == "POST" else []
    return visit.problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The school's records can't be reached just now",
        "This usually passes within a minute. Nothing is lost.",
        again=True,
        typed=[(name, value) for name, value in typed if isinstance(value, str) and name != "form_token"],
    )


def _broken(visit: Visit, error: Exception) -> Response:
    # Where it happened, without the error's own text: that may quote a child's name.
    get_logger().error("page_failed", error=type(error).__name__, where=traceback.format_tb(error.__traceback__))
    return visit.problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong on our side",
        "It has been noted. Try again, and tell us if it keeps happening.",
    )
