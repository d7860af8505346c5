"""One's own password: changed when one likes, or chosen in place of one that somebody else has given."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from services.staff.accounts import Accounts, TooManyTries, WrongPassword
from services.staff.passwords import LONGEST, SHORTEST, WeakPassword
from services.staff.sessions import Sessions, give_token
from services.staff.visit import Visit, see

NOT_THE_SAME = "The new password and its repetition are not the same. Type both again."


class OwnPassword:
    def __init__(self, accounts: Accounts, sessions: Sessions) -> None:
        self._accounts = accounts
        self._sessions = sessions

    async def show(self, visit: Visit) -> Response:
        return await self._page(visit)

    async def choose(self, visit: Visit) -> Response:
        """Every session of theirs ends; here a new one begins."""
        form = await visit.form()
        current, chosen, repeated = (str(form.get(name) or "") for name in ("current", "chosen", "repeated"))
        if chosen != repeated:
            return await self._page(visit, NOT_THE_SAME)
        try:
            await self._accounts.choose_password(visit.desk.person, current, chosen)
        except WrongPassword:
            return await self._page(visit, f"{_its_name(visit)} is not right. Type it again.")
        except TooManyTries as wait:
            return await self._page(visit, f"Too many tries. Wait {wait.wait_s} s, then try again.")
        except WeakPassword as weak:
            return await self._page(visit, str(weak))
        response = see("/" if visit.desk.person.password_is_given else "/password?changed")
        give_token(visit.request, response, await self._sessions.open(visit.desk.person))
        return response

    async def _page(self, visit: Visit, problem: str = "") -> Response:
        return await visit.page(
            "password.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
            problem=problem,
            its_name=_its_name(visit),
            shortest=SHORTEST,
            longest=LONGEST,
            changed="changed" in visit.request.query_params,
        )


def _its_name(visit: Visit) -> str:
    """What the password that they have is called on the page."""
    return "The one-time password" if visit.desk.person.password_is_given else "Your current password"
