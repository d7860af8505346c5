"""Every route with every role, and with none: who may open what, and that nobody is led to what they may not open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from deploy.embedded.nats import NatsServer
from services.staff import app as staff_app
from services.staff.roles import MANAGER, OFFICE, TEACHER, Role
from services.staff.sessions import COOKIE
from tests.conftest import TestDatabase
from tests.running import served
from tests.service.html_forms import form
from tests.service.staff_roles import NEEDS, OPEN_TO_ALL, may, place_of, places, walk, ways_on
from tests.service.staff_web import StaffWeb, put_rangi, staff_web

NEVER_ENDS = "/events"
"""The answer goes on for as long as somebody listens."""
WHO = {TEACHER: "tia", OFFICE: "olive", MANAGER: "rangi"}


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server, "progression", "rendering", "notification", "webhooks") as running_web:
        for role in (TEACHER, OFFICE):
            await put_rangi(database, username=WHO[role], role=role)
        yield running_web


async def sessions(web: StaffWeb) -> Mapping[Role | None, str | None]:
    found: dict[Role | None, str | None] = {None: None}
    for role, username in WHO.items():
        web.browser.client.cookies.clear()
        await web.browser.sign_in(username)
        found[role] = web.browser.client.cookies[COOKIE]
    return found


async def sign_in_as(web: StaffWeb, role: Role) -> None:
    web.browser.client.cookies.clear()
    assert (await web.browser.sign_in(WHO[role])).status_code == 303


async def test_every_route_serves_whom_the_table_says_and_nobody_else(web: StaffWeb) -> None:
    assert set(places(web.app)) == {*NEEDS, *OPEN_TO_ALL}, "say in the table who may open the new route"
    async with served(web.app) as url:
        met = [one async for one in walk(url, web.app, await sessions(web))]
    assert len(met) == len(NEEDS) * (len(Role) + 1)
    assert [one for one in met if one.what != may(one.role, one.place)] == []


async def test_the_walk_finds_a_route_that_is_open_to_more_than_it_should_be(
    web: StaffWeb, monkeypatch: pytest.MonkeyPatch, database: TestDatabase, nats_server: NatsServer
) -> None:
    start, withdraw = ("POST", "/pending"), ("POST", "/certificates/{certificate_id}/withdrawal")
    monkeypatch.setattr(staff_app, "OFFICE", TEACHER)
    monkeypatch.setattr(staff_app, "MANAGER", OFFICE)
    async with staff_web(database, nats_server, "portal") as careless, served(careless.app) as url:
        found = [one async for one in walk(url, careless.app, await sessions(web), only=[start, withdraw])]
        careless.app.routes.append(Route("/new", lambda _: PlainTextResponse("everything")))
        assert set(places(careless.app)) - {*NEEDS, *OPEN_TO_ALL} == {("GET", "/new")}
    wrong = [(one.place, one.role, one.what) for one in found if one.what != may(one.role, one.place)]
    assert {(place, role) for place, role, _ in wrong} == {(start, TEACHER), (withdraw, OFFICE)}


async def test_a_teacher_cannot_issue_and_the_office_cannot_withdraw_or_correct(web: StaffWeb) -> None:
    pending = form(await web.browser.open("/pending"), "run_id")
    correction = form(await web.browser.open("/certificates/c1"), "recipient_name")
    for role, filled, address in (
        (TEACHER, pending, "/pending"),
        (TEACHER, correction, "/certificates/c1/correction"),
        (OFFICE, correction, "/certificates/c1/correction"),
        (OFFICE, correction, "/certificates/c1/withdrawal"),
    ):
        await sign_in_as(web, role)
        token = form(await web.browser.open("/classes"), "form_token").fields["form_token"]
        answer = await web.browser.press(filled, address, form_token=token, reason="Because")
        assert answer.status_code == 403
        assert "account cannot do this, and nothing was changed." in answer.text
        assert "Ask a manager of your school: Rangi Patel." in answer.text
    assert web.neighbours.heard == []


@pytest.mark.parametrize("role", Role)
async def test_nobody_is_led_to_what_they_may_not_open(web: StaffWeb, role: Role) -> None:
    await sign_in_as(web, role)
    shown = [path for method, path in places(web.app) if method == "GET" and (method, path) not in OPEN_TO_ALL]
    led_to = set()
    for path in shown:
        if "{" in path or path == NEVER_ENDS or not role.may(NEEDS["GET", path]):
            continue
        address = "/class?name=Tuesday" if path == "/class" else path
        led_to |= {place_of(web.app, *way) for way in ways_on(await web.browser.open(address))}
    for address in ("/students/s1", "/certificates/c1"):
        led_to |= {place_of(web.app, *way) for way in ways_on(await web.browser.open(address))}
    led_to -= {*OPEN_TO_ALL}
    assert [place for place in led_to if place in NEEDS and not role.may(NEEDS[place])] == []
    expected = {
        TEACHER: ("GET", "/classes"),
        OFFICE: ("GET", "/students/{student_id}/ad-hoc"),
        MANAGER: ("POST", "/certificates/{certificate_id}/withdrawal"),
    }
    assert expected[role] in led_to
