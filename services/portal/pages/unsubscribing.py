"""No more mails with certificates, for whoever has the link in a mail's footer.

Looking changes nothing, because mail scanners look at every link. Pressing does, whoever presses: a mail provider does
it for its user (RFC 8058), without a cookie and from another site. The answer is the same for links that are nobody's.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.portal.forms import fields_of, first
from services.portal.limits import Limit, client_of
from services.portal.pages.views import Views
from services.portal.wishes import Wishes

MOST, WITHIN = 300, timedelta(minutes=1)
"""From one client: a large mail provider presses for all its users from few addresses."""


class UnsubscribePages:
    def __init__(self, wishes: Wishes, views: Views) -> None:
        self._wishes = wishes
        self._views = views
        self._limit = Limit(MOST, WITHIN)

    def routes(self) -> list[Route]:
        path = "/unsubscribe/{school_id}/{token}"
        return [Route(path, self.ask), Route(path, self.choose, methods=["POST"])]

    async def ask(self, request: Request) -> Response:
        return self._views.page("unsubscribe.html", here=self._here(request))

    async def choose(self, request: Request) -> Response:
        """No more of them; or all of them again, where the form says so."""
        if wait_s := self._limit.wait_s(client_of(request)):
            return self._views.too_many(wait_s)
        wants_mail = first(await fields_of(request), "mails") == "again"
        await self._wishes.mails_by_link(**request.path_params, wants_mail=wants_mail)
        return self._views.page("unsubscribed.html", here=self._here(request), wants_mail=wants_mail)

    def _here(self, request: Request) -> str:
        """The form goes to where it came from: it may be no token at all."""
        return self._views.root + request.url.path
