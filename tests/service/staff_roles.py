"""Who may open what on the staff web: the table that the tests hold the app against, and the walk that does."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from typing import NamedTuple, TypeAlias
from uuid import UUID

import httpx
from starlette.applications import Starlette
from starlette.routing import Match, Mount, Route

from contracts.envelope import new_id
from services.staff.roles import MANAGER, OFFICE, TEACHER, Role
from services.staff.sessions import COOKIE, form_token

Place: TypeAlias = tuple[str, str]
"""A method and a route's path."""

OPEN_TO_ALL: Collection[Place] = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),
    # For the machines around it, not for the public: docs/running.md.
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}

NEEDS: Mapping[Place, Role] = {
    ("GET", "/"): TEACHER,
    ("GET", "/classes"): TEACHER,
    ("GET", "/class"): TEACHER,
    ("POST", "/class"): TEACHER,
    ("POST", "/class/marks"): TEACHER,
    ("GET", "/students"): TEACHER,
    ("POST", "/students"): TEACHER,
    ("GET", "/students/{student_id}"): TEACHER,
    ("GET", "/certificates/{certificate_id}"): TEACHER,
    ("GET", "/certificates/{certificate_id}/{version:int}.pdf"): TEACHER,
    ("GET", "/password"): TEACHER,
    ("POST", "/password"): TEACHER,
    ("GET", "/{rest:path}"): TEACHER,
    ("POST", "/{rest:path}"): TEACHER,
    ("GET", "/pending"): OFFICE,
    ("POST", "/pending"): OFFICE,
    ("GET", "/pending/{progression_id}/name"): OFFICE,
    ("POST", "/pending/{progression_id}/name"): OFFICE,
    ("GET", "/pending/{progression_id}/preview"): OFFICE,
    ("GET", "/pending/{progression_id}/picture.jpg"): OFFICE,
    ("POST", "/pending/{progression_id}/picture.jpg"): OFFICE,
    ("GET", "/runs"): OFFICE,
    ("GET", "/runs/{run_id}"): OFFICE,
    ("GET", "/students/{student_id}/ad-hoc"): OFFICE,
    ("POST", "/students/{student_id}/ad-hoc"): OFFICE,
    ("GET", "/attention"): OFFICE,
    ("POST", "/attention/certificates"): OFFICE,
    ("POST", "/attention/mails"): OFFICE,
    ("GET", "/attention/messages/{letter_id:int}"): OFFICE,
    ("POST", "/attention/messages/{letter_id:int}/retry"): OFFICE,
    ("POST", "/attention/messages/{letter_id:int}/drop"): OFFICE,
    ("POST", "/certificates/{certificate_id}/mail"): OFFICE,
    ("POST", "/runs"): OFFICE,
    ("GET", "/events"): OFFICE,
    ("GET", "/runs/{run_id}/events"): OFFICE,
    ("POST", "/runs/{run_id}/undo"): OFFICE,
    ("POST", "/runs/{run_id}/cancel"): OFFICE,
    ("POST", "/runs/{run_id}/retry"): OFFICE,
    ("GET", "/runs/{run_id}/pack"): OFFICE,
    ("POST", "/runs/{run_id}/pack"): OFFICE,
    ("GET", "/runs/{run_id}/pack.pdf"): OFFICE,
    ("GET", "/not-handed-out"): TEACHER,
    ("POST", "/not-handed-out"): TEACHER,
    ("GET", "/audit"): OFFICE,
    ("POST", "/audit"): OFFICE,
    ("POST", "/certificates/{certificate_id}/correction"): MANAGER,
    ("POST", "/certificates/{certificate_id}/correction/decline"): MANAGER,
    ("POST", "/certificates/{certificate_id}/withdrawal"): MANAGER,
    ("GET", "/families/{family_id}/export.zip"): MANAGER,
    ("GET", "/students/{student_id}/erasure"): MANAGER,
    ("POST", "/students/{student_id}/erasure"): MANAGER,
    ("GET", "/erasures"): MANAGER,
    ("GET", "/erasures/{erasure_id:uuid}"): MANAGER,
    ("GET", "/import"): OFFICE,
    ("POST", "/import"): OFFICE,
    ("GET", "/import/{kind}-template.csv"): OFFICE,
    ("GET", "/import/{kind}.csv"): OFFICE,
    ("GET", "/import/{upload_id:uuid}"): OFFICE,
    ("POST", "/import/{upload_id:uuid}"): OFFICE,
    ("GET", "/levels"): MANAGER,
    ("POST", "/levels"): MANAGER,
    ("GET", "/levels/new"): MANAGER,
    ("POST", "/levels/new"): MANAGER,
    ("GET", "/levels/{level_id}"): MANAGER,
    ("POST", "/levels/{level_id}"): MANAGER,
    ("GET", "/layouts"): MANAGER,
    ("POST", "/layouts"): MANAGER,
    ("GET", "/layouts/{layout_id}"): MANAGER,
    ("GET", "/layouts/{layout_id}/{version:int}/{texts}.jpg"): MANAGER,
    ("GET", "/emails"): OFFICE,
    ("POST", "/emails"): MANAGER,
    ("GET", "/emails/levels"): OFFICE,
    ("POST", "/emails/levels"): MANAGER,
    ("GET", "/emails/levels/{level_id}"): OFFICE,
    ("POST", "/emails/levels/{level_id}"): MANAGER,
    ("POST", "/emails/preview"): OFFICE,
    ("GET", "/webhooks"): MANAGER,
    ("GET", "/webhooks/add"): MANAGER,
    ("POST", "/webhooks/add"): MANAGER,
    ("GET", "/webhooks/{endpoint_id:uuid}"): MANAGER,
    ("POST", "/webhooks/{endpoint_id:uuid}"): MANAGER,
    ("POST", "/webhooks/{endpoint_id:uuid}/act"): MANAGER,
    ("GET", "/people"): MANAGER,
    ("GET", "/people/add"): MANAGER,
    ("POST", "/people/add"): MANAGER,
    ("GET", "/people/{account_id:uuid}"): MANAGER,
    ("POST", "/people/{account_id:uuid}"): MANAGER,
    ("POST", "/people/{account_id:uuid}/password"): MANAGER,
    ("POST", "/people/{account_id:uuid}/closing"): MANAGER,
    ("POST", "/people/{account_id:uuid}/reopening"): MANAGER,
}
"""Of every route the role that may least and still may use it."""

IDS = {"run_id": "r1", "student_id": "s1", "certificate_id": "c1", "rest": "nowhere"}
OF_A_KIND = {"int": "17", "uuid": str(UUID(int=7)), "str": "x1", "path": "x1"}


class Met(NamedTuple):
    """What somebody met at a place: `sign-in`, `refused`, `served`, or what should not have been."""

    place: Place
    role: Role | None
    what: str


def places(app: Starlette) -> Iterator[Place]:
    """Every route that the app has, in its own words."""
    for route in app.routes:
        if isinstance(route, Mount):
            assert route.path == "/static", "a mount that the walk knows nothing of"
            continue
        assert isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield method, route.path


def may(role: Role | None, place: Place) -> str:
    """What the table says that they meet."""
    if role is None:
        return "sign-in"
    return "served" if role.may(NEEDS[place]) else "refused"


async def walk(
    url: str, app: Starlette, sessions: Mapping[Role | None, str | None], only: Collection[Place] = ()
) -> AsyncIterator[Met]:
    """Every route with every role and with none, as soon as its answer begins: some go on for as long as one looks."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        for place in only or places(app):
            if place in OPEN_TO_ALL:
                continue
            for role, token in sessions.items():
                yield Met(place, role, await _met(client, place, token))


async def _met(client: httpx.AsyncClient, place: Place, token: str | None) -> str:
    method, path = place
    headers = {"cookie": f"{COOKIE}={token}"} if token else {}
    fields = {"form_token": form_token(token or ""), "form_id": new_id(), "certificate_id": "c1", "guardian_id": "g1"}
    form = fields if method == "POST" else None
    async with client.stream(method, address(path), headers=headers, data=form) as answer:
        if answer.status_code == 403:
            return "refused" if "This is for" in (await answer.aread()).decode() else "forbidden otherwise"
        if answer.headers.get("location", "").startswith("/sign-in"):
            return "sign-in" if await answer.aread() == b"" else "sign-in, and some bytes"
        return "served" if answer.status_code < 500 else f"status {answer.status_code}"


def address(path: str) -> str:
    """The route's path with something in each of its places."""

    def something(place: re.Match[str]) -> str:
        name, _, kind = place.group(1).partition(":")
        return IDS.get(name) or OF_A_KIND[kind or "str"]

    return re.sub(r"{([^}]*)}", something, path)


def place_of(app: Starlette, method: str, path: str) -> Place:
    """The route that answers there."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in app.routes:
        if route.matches(scope)[0] is Match.FULL and isinstance(route, Route):
            return method, route.path
    raise AssertionError(f"nothing answers {method} {path}")


def ways_on(html: str) -> Iterator[Place]:
    """Where a page leads: its links and its forms, as methods and paths."""
    for href in re.findall(r'<a\b[^>]*\bhref="(/[^"?#]*)', html):
        yield "GET", href
    for attributes in re.findall(r"<form\b([^>]*)>", html):
        if action := re.search(r'\baction="(/[^"?#]*)', attributes):
            yield "POST", action.group(1)
