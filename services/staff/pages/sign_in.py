"""Signing in and out."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from services.kit.telemetry import get_logger
from services.staff.accounts import AccountClosed, Accounts, PasswordEnded, TooManyTries, WrongPassword
from services.staff.forms import form_of, text
from services.staff.screens import Screens
from services.staff.sessions import COOKIE, Sessions, form_token, give_token, is_our_form, new_token, token_of
from services.staff.visit import see

WRONG = "That username and password don't match. Check both and try again."
CLOSED = "This account is closed. If you need it again, ask a manager of your school."
ENDED = "The password that you were given has ended, because it was not used for a week. Ask a manager for a new one."
OUT_OF_DATE = "This page was out of date, or cookies are switched off. Please try again."


class Door:
    """The pages that nobody needs a session for."""

    def __init__(self, accounts: Accounts, sessions: Sessions, screens: Screens) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._screens = screens

    def routes(self) -> list[Route]:
        return [
            Route("/sign-in", self.show, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        if await self._sessions.person(token_of(request)):
            return see("/")
        return self._form(request, after=request.query_params.get("next", ""))

    async def sign_in(self, request: Request) -> Response:
        form = await _small_form(request)
        username, after = text(form, "username"), text(form, "next")
        if not is_our_form(token_of(request), form.get("form_token")):
            return self._form(request, username, after, OUT_OF_DATE, HTTPStatus.FORBIDDEN)
        try:
            person = await self._accounts.sign_in(username, str(form.get("password") or ""))
        except WrongPassword:
            return self._form(request, username, after, WRONG, HTTPStatus.UNAUTHORIZED)
        except AccountClosed:
            return self._form(request, username, after, CLOSED, HTTPStatus.FORBIDDEN)
        except PasswordEnded:
            return self._form(request, username, after, ENDED, HTTPStatus.FORBIDDEN)
        except TooManyTries as wait:
            return self._slow_down(request, username, after, wait)
        response = see(_inside(after))
        give_token(request, response, await self._sessions.open(person))
        get_logger().info("signed_in", account_id=str(person.account_id))
        return response

    async def sign_out(self, request: Request) -> Response:
        token = token_of(request)
        response = see("/sign-in")
        if token and is_our_form(token, (await _small_form(request)).get("form_token")):
            await self._sessions.close(token)
            response.delete_cookie(COOKIE)
        return response

    def _slow_down(self, request: Request, username: str, after: str, wait: TooManyTries) -> Response:
        seconds = f"{wait.wait_s} second{'' if wait.wait_s == 1 else 's'}"
        error = f"Too many tries with this username. Wait {seconds}, then try again."
        response = self._form(request, username, after, error, HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(wait.wait_s)
        return response

    def _form(
        self, request: Request, username: str = "", after: str = "", error: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        token = token_of(request) or new_token()
        response = self._screens.show(
            "sign_in.html", status=status, form_token=form_token(token), username=username, next=after, error=error
        )
        give_token(request, response, token)
        return response


async def _small_form(request: Request) -> FormData:
    """Strangers may send one too, so it is read no further than an honest one goes; what is none has no fields."""
    try:
        return await form_of(request, max_fields=8, max_part_size=4096)
    except (HTTPException, ClientDisconnect):
        return FormData()
    finally:
        # Of files, should there be any, nothing is wanted.
        await request.close()


def _inside(address: str) -> str:
    """A page of this web; anything else, which a link may have smuggled in, becomes the front page."""
    safe = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if safe else "/"
