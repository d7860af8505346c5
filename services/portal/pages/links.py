"""A new link for whoever's has expired or is lost: mailed to the address on file, and to no other.

The answer is the same, and takes as long, whether the address is known or not: the portal does not know either.
"""

from __future__ import annotations

import re
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.portal.forms import fields_of, first
from services.portal.limits import Limit, client_of
from services.portal.origin import from_this_site
from services.portal.pages.views import Views
from services.portal.wishes import Wishes

ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
MOST, WITHIN = 30, timedelta(minutes=10)
"""From one client: a whole swim school's parents may share the pool's wireless network."""


class LinkPages:
    def __init__(self, wishes: Wishes, views: Views) -> None:
        self._wishes = wishes
        self._views = views
        self._limit = Limit(MOST, WITHIN)

    def routes(self) -> list[Route]:
        return [
            Route("/link", self.ask),
            Route("/link", self.request, methods=["POST"]),
            Route("/link/sent", self.sent),
        ]

    async def ask(self, _: Request) -> Response:
        return await self._form()

    async def request(self, request: Request) -> Response:
        if not from_this_site(request, self._views.portal_url):
            return self._views.not_from_here()
        if wait_s := self._limit.wait_s(client_of(request)):
            return self._views.too_many(wait_s)
        fields = await fields_of(request)
        school_id, address = first(fields, "school"), first(fields, "address")
        if school_id not in {school.school_id for school in await self._wishes.schools()}:
            return await self._form(address=address, problem="school")
        if not ADDRESS.fullmatch(address):
            return await self._form(school_id, address, "address")
        await self._wishes.new_link(school_id, address)
        return RedirectResponse(f"{self._views.root}/link/sent", 303)

    async def sent(self, _: Request) -> Response:
        return self._views.page("link_sent.html")

    async def _form(self, school_id: str = "", address: str = "", problem: str | None = None) -> Response:
        """`problem`: the field that is not as it should be."""
        return self._views.page(
            "link.html",
            400 if problem else 200,
            schools=await self._wishes.schools(),
            school_id=school_id,
            address=address,
            problem=problem,
        )
