"""Who gets in to the staff web, and how."""

from __future__ import annotations

import httpx
import pytest

from contracts.catalogue import PENDING, RUN_PREVIEW, SCHOOL_ITSELF
from contracts.queries import School
from deploy.embedded.nats import NatsServer
from services.staff.people import UsernameTaken, put_account
from tests.conftest import TestDatabase
from tests.service import staff_school
from tests.service.html_forms import form
from tests.service.staff_web import PASSWORD, Browser, put_rangi, staff_web

OTHER_SCHOOL = School(name="Other School", time_zone="UTC", locale="en", venues=())


async def test_after_signing_in_one_sees_the_page_that_one_came_for(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    async with staff_web(database, nats_server) as web:
        web.browser.client.cookies.clear()
        page = form(await web.browser.open("/class?name=Tuesday+4+pm&venue=v1"), "password")
        answer = await web.browser.press(page, "/sign-in", username="RANGI ", password=PASSWORD)
        assert answer.headers["location"] == "/class?name=Tuesday+4+pm&venue=v1"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"])
async def test_signing_in_leads_nowhere_else(database: TestDatabase, nats_server: NatsServer, address: str) -> None:
    async with staff_web(database, nats_server) as web:
        web.browser.client.cookies.clear()
        page = form(await web.browser.open("/sign-in"), "password")
        answer = await web.browser.press(page, "/sign-in", username="rangi", password=PASSWORD, next=address)
        assert answer.headers["location"] == "/"


async def test_a_wrong_password_and_an_unknown_name_read_the_same(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    async with staff_web(database, nats_server) as web:
        web.browser.client.cookies.clear()
        wrong = await web.browser.sign_in(password="wrong")
        unknown = await web.browser.sign_in(username="nobody")
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.text.replace('value="rangi"', "") == unknown.text.replace('value="nobody"', "")


async def test_repeated_failures_slow_that_name_down_and_no_other(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    async with staff_web(database, nats_server) as web:
        await put_rangi(database, username="hana")
        web.browser.client.cookies.clear()
        answers = [(await web.browser.sign_in(password="wrong")).status_code for _ in range(7)]
        assert answers == [401] * 6 + [429]
        right = await web.browser.sign_in()
        assert right.status_code == 429
        assert int(right.headers["retry-after"]) >= 1
        assert (await web.browser.sign_in(username="hana")).status_code == 303


async def test_the_sign_in_form_of_another_site_is_refused(database: TestDatabase, nats_server: NatsServer) -> None:
    async with staff_web(database, nats_server) as web:
        web.browser.client.cookies.clear()
        page = form(await web.browser.open("/sign-in"), "password")
        answer = await web.browser.press(page, "/sign-in", username="rangi", password=PASSWORD, form_token="forged")
        assert answer.status_code == 403
        assert (await web.browser.client.get("/pending")).status_code == 303


async def test_signing_out_ends_the_session_and_not_only_the_cookie(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    async with staff_web(database, nats_server) as web:
        page = form(await web.browser.open("/pending"), "form_token")
        cookies = httpx.Cookies(web.browser.client.cookies)
        await web.browser.press(page, "/sign-out")
        web.browser.client.cookies = cookies
        assert (await web.browser.client.get("/pending")).headers["location"].startswith("/sign-in")


async def test_the_token_from_before_signing_in_opens_nothing(database: TestDatabase, nats_server: NatsServer) -> None:
    async with staff_web(database, nats_server) as web:
        web.browser.client.cookies.clear()
        await web.browser.open("/sign-in")
        before = httpx.Cookies(web.browser.client.cookies)
        await web.browser.sign_in()
        web.browser.client.cookies = before
        assert (await web.browser.client.get("/pending")).status_code == 303


async def test_a_new_password_signs_out_and_the_same_one_does_not(
    database: TestDatabase, nats_server: NatsServer
) -> None:
    async with staff_web(database, nats_server) as web:
        await put_rangi(database)
        await web.browser.open("/pending")
        await put_account(
            database.url("staff"), school_id="demo", username="rangi", display_name="Rangi P.", password="another-one"
        )
        assert (await web.browser.client.get("/pending")).status_code == 303
        assert (await web.browser.sign_in(password="another-one")).status_code == 303


async def test_a_name_of_one_school_cannot_be_taken_by_another(database: TestDatabase) -> None:
    await put_rangi(database)
    with pytest.raises(UsernameTaken):
        await put_rangi(database, school_id="other")


async def test_each_account_sees_only_its_own_school(database: TestDatabase, nats_server: NatsServer) -> None:
    async with staff_web(database, nats_server) as web:
        await put_rangi(database, school_id="other", username="olive")
        web.neighbours.know(PENDING, staff_school.PENDING.model_copy(update={"certificates": ()}), "other")
        web.neighbours.know(RUN_PREVIEW, staff_school.preview(), "other")
        web.neighbours.know(
            SCHOOL_ITSELF, School(name="Other School", time_zone="UTC", locale="en", venues=()), "other"
        )
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=web.app), base_url="http://laurel.test"
        ) as client:
            other = Browser(client)
            await other.sign_in(username="olive")
            web.neighbours.asked.clear()
            page = await other.open("/pending")
            assert "Tūwhare" not in page
            assert "Harbour" not in page
            assert "Other School" in page
            assert {school_id for _, school_id, _ in web.neighbours.asked} == {"other"}
            asked = await other.press(form(page, "run_id"), "/pending")
            await other.press(form(asked.text, "mail"), "/runs")
        assert web.neighbours.told("certificates.cmd.start_generation") == []
        assert len(web.neighbours.told("certificates.cmd.start_generation", "other")) == 1
