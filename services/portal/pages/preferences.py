"""Which of a family's guardians get mails, and in which language; and the end of all links of before."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from babel import Locale
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from contracts.base import GIVEN_ID_PATTERN
from contracts.catalogue import PREFERENCES
from contracts.family_queries import AskPreferences
from contracts.portal import MailsChosen
from services.kit.broker import Bus, NobodyAnswered, QueryRefused
from services.portal.forms import fields_of, first
from services.portal.origin import from_this_site
from services.portal.pages.entrance import Door
from services.portal.pages.views import Views
from services.portal.store import Store
from services.portal.wishes import Wishes

MOST_GUARDIANS = 20
LANGUAGE = re.compile(r"[a-z]{2,3}")


class PreferencesPages:
    def __init__(self, store: Store, door: Door, wishes: Wishes, bus: Bus, views: Views) -> None:
        self._store = store
        self._door = door
        self._wishes = wishes
        self._bus = bus
        self._views = views

    def routes(self) -> list[Route]:
        return [
            Route("/family/preferences", self.show),
            Route("/family/preferences", self.choose, methods=["POST"]),
            Route("/family/preferences/kept", self.kept),
            Route("/family/links/end", self.end_links, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        access = await self._door.family(request)
        if access is None:
            return self._views.not_found()
        try:
            preferences = await self._bus.ask(PREFERENCES, access.school_id, AskPreferences(family_id=access.family_id))
        except QueryRefused:
            return self._views.not_found()
        except NobodyAnswered:
            return self._views.unavailable()
        languages = {code: _own_name(code) for code in preferences.languages}
        return self._views.page(
            "preferences.html", home=self._home, guardians=preferences.guardians, languages=languages
        )

    async def choose(self, request: Request) -> Response:
        access = await self._door.family(request)
        if access is None:
            return self._views.not_found()
        if not from_this_site(request, self._views.portal_url):
            return self._views.not_from_here()
        choices = _choices(access.family_id, await fields_of(request))
        await self._wishes.mails(access.school_id, *choices)
        return RedirectResponse(f"{self._home}/preferences/kept", 303)

    async def kept(self, request: Request) -> Response:
        if await self._door.family(request) is None:
            return self._views.not_found()
        return self._views.page("preferences_kept.html", home=self._home)

    async def end_links(self, request: Request) -> Response:
        """For a family whose mails somebody else can read: nobody is let in by what was mailed before."""
        access = await self._door.family(request)
        if access is None:
            return self._views.not_found()
        if not from_this_site(request, self._views.portal_url):
            return self._views.not_from_here()
        await self._store.end_family_links(access)
        return self._views.page("links_ended.html")

    @property
    def _home(self) -> str:
        return f"{self._views.root}/family"


def _choices(family_id: str, fields: dict[str, list[str]]) -> list[MailsChosen]:
    """One for each guardian that the form showed."""
    now = datetime.now(UTC)
    shown = [each for each in fields.get("guardian", ()) if re.fullmatch(GIVEN_ID_PATTERN, each)][:MOST_GUARDIANS]
    return [
        MailsChosen(
            family_id=family_id,
            guardian_id=guardian_id,
            wants_mail=guardian_id in fields.get("mails", ()),
            language=_language(first(fields, f"language-{guardian_id}")),
            chosen_at=now,
        )
        for guardian_id in shown
    ]


def _language(chosen: str) -> str | None:
    return chosen if LANGUAGE.fullmatch(chosen) else None


def _own_name(code: str) -> str:
    """`Deutsch`, `العربية`: as who speaks it reads it."""
    return Locale.parse(code).get_display_name(code) or code
