"""Accounts: added, changed, closed; passwords given and chosen; sessions that end."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from contracts.envelope import new_id
from deploy.embedded.nats import NatsServer
from deploy.home import Home
from deploy.staff import add_staff
from services.kit.postgres import Database
from services.staff.acts import By
from services.staff.passwords import Passwords, WeakPassword
from services.staff.people import Account, LastManager, People, RoleNotSaid
from services.staff.roles import MANAGER, OFFICE, TEACHER
from services.staff.sessions import COOKIE
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID
from tests.service.html_forms import form, forms
from tests.service.staff_web import PASSWORD, Browser, StaffWeb, put_rangi, staff_web

OWN = "three small boats"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server) as running_web:
        yield running_web


@pytest.fixture
async def people(database: TestDatabase) -> AsyncIterator[People]:
    """Of a school without anybody."""
    store = Database(database.url("staff"), "staff")
    await store.start()
    yield People(store, Passwords())
    await store.stop()


def another_browser(web: StaffWeb) -> Browser:
    transport = httpx.ASGITransport(app=web.app)
    return Browser(httpx.AsyncClient(transport=transport, base_url="http://laurel.test"))


async def in_the_database(database: TestDatabase, statement: str, *values: Any) -> Any:
    connection = await asyncpg.connect(database.url("staff"), server_settings={"search_path": "staff"})
    try:
        return await connection.fetchval(statement, *values)
    finally:
        await connection.close()


async def add_hana(web: StaffWeb, role: str = "office") -> tuple[str, str]:
    """Her account's address and her one-time password."""
    shown = form(await web.browser.open("/people/add"), "username")
    answer = await web.browser.press(shown, "/people/add", username="Hana ", display_name="Hana Kim", role=role)
    assert answer.status_code == 200, answer.text
    [password] = re.findall(r"<code>(.*?)</code>", answer.text)
    [address] = set(re.findall(r'href="(/people/[0-9a-f-]{36})">Hana Kim', await web.browser.open("/people")))
    return address, password


async def press_on(browser: Browser, page: str, action: str, **changes: str) -> httpx.Response:
    [shown] = [one for one in forms(await browser.open(page)) if one.action == action]
    return await browser.press(shown, action, **changes)


# --- added, with a password for once


async def test_a_person_who_was_added_chooses_their_own_password_before_anything_else(web: StaffWeb) -> None:
    shown = form(await web.browser.open("/people/add"), "username")
    typed = {"username": "Hana ", "display_name": "Hana Kim", "role": "office"}
    pressed = [await web.browser.press(shown, "/people/add", **typed) for _ in range(2)]
    [password] = {found for answer in pressed for found in re.findall(r"<code>(.*?)</code>", answer.text)}
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password)

    hana = another_browser(web)
    assert (await hana.sign_in("hana", password)).headers["location"] == "/"
    for address in ("/pending", "/people", "/nowhere"):
        assert (await hana.client.get(address)).headers["location"] == "/password"
    page = await hana.open("/password")
    assert "View All Pending Progressions" not in page
    chosen = form(page, "chosen")
    for wrong in ({"chosen": "short"}, {"chosen": OWN, "repeated": "another one"}, {"current": "x", "repeated": OWN}):
        answer = await hana.press(chosen, "/password", **{"current": password, "chosen": OWN, **wrong})
        assert answer.status_code == 422, wrong
    fields = {"current": password, "chosen": OWN, "repeated": OWN}
    assert (await hana.press(chosen, "/password", **fields)).headers["location"] == "/"
    assert "Pending Progressions" in await hana.open("/")
    assert (await another_browser(web).sign_in("hana", password)).status_code == 401

    await web.browser.press(shown, "/people/add", **typed)
    assert (await another_browser(web).sign_in("hana", OWN)).status_code == 303


async def test_what_cannot_be_an_account_is_said_and_what_was_typed_is_kept(web: StaffWeb) -> None:
    for fields, words in (
        ({"username": "rangi", "display_name": "Rangi Two", "role": "teacher"}, "Somebody has this username already"),
        ({"username": "ra ngi", "display_name": "", "role": "king"}, "Choose what this person may do."),
    ):
        shown = form(await web.browser.open("/people/add"), "username")
        answer = await web.browser.press(shown, "/people/add", **fields)
        assert answer.status_code == 422
        assert words in answer.text
        assert form(answer.text, "username").fields["username"] == [fields["username"]]


async def test_a_password_that_was_given_ends_after_a_week(web: StaffWeb, database: TestDatabase) -> None:
    address, password = await add_hana(web)
    await in_the_database(
        database, "UPDATE account SET password_given_at = now() - interval '8 days' WHERE username = 'hana'"
    )
    answer = await another_browser(web).sign_in("hana", password)
    assert answer.status_code == 403
    assert "Ask a manager for a new one." in answer.text
    assert "Password ended" in await web.browser.open("/people")
    given = await press_on(web.browser, address, f"{address}/password")
    [anew] = re.findall(r"<code>(.*?)</code>", given.text)
    assert anew != password
    assert (await another_browser(web).sign_in("hana", anew)).status_code == 303


# --- changed, closed, reopened


async def test_another_role_or_a_closed_account_is_signed_out_everywhere(web: StaffWeb) -> None:
    address, password = await add_hana(web)
    browsers = [another_browser(web), another_browser(web)]
    for hana in browsers:
        await hana.sign_in("hana", password)
    changed = await press_on(web.browser, address, address, role="teacher", display_name="Hana Kim-Lee")
    assert changed.headers["location"] == f"{address}?done=saved"
    for hana in browsers:
        assert (await hana.client.get("/password")).headers["location"].startswith("/sign-in")

    await browsers[0].sign_in("hana", password)
    assert (await press_on(web.browser, address, f"{address}/closing")).status_code == 303
    assert (await browsers[0].client.get("/password")).headers["location"].startswith("/sign-in")
    closed = await browsers[0].sign_in("hana", password)
    assert closed.status_code == 403
    assert "This account is closed" in closed.text
    assert (await browsers[0].sign_in("hana", "wrong")).status_code == 401
    await press_on(web.browser, address, f"{address}/reopening")
    assert (await browsers[0].sign_in("hana", password)).status_code == 303

    page = await web.browser.open("/people")
    for words in ("Added as Office", "Account closed", "Account reopened", "Hana Kim-Lee", "Rangi Patel"):
        assert words in page
    assert re.search(r"Office\s*<span[^>]*>→</span>.*?Teacher", page)


async def test_a_form_that_was_sent_again_later_undoes_nothing(web: StaffWeb) -> None:
    address, _ = await add_hana(web)
    [closing] = [one for one in forms(await web.browser.open(address)) if one.action == f"{address}/closing"]
    await web.browser.press(closing, closing.action)
    await press_on(web.browser, address, f"{address}/reopening")
    await web.browser.press(closing, closing.action)
    assert "Close this account" in await web.browser.open(address)


async def test_the_last_manager_stays_one(web: StaffWeb) -> None:
    [me] = set(re.findall(r'href="(/people/[0-9a-f-]{36})">Rangi', await web.browser.open("/people")))
    for action, changes in ((me, {"role": "office"}), (f"{me}/closing", {})):
        answer = await press_on(web.browser, me, action, **changes)
        assert answer.status_code == 422
        assert "the school&#39;s only manager" in answer.text
    await add_hana(web, "manager")
    assert (await press_on(web.browser, me, me, role="office")).status_code == 303
    assert (await web.browser.client.get("/")).headers["location"] == "/sign-in"


async def test_two_managers_who_demote_each_other_at_once_leave_one(people: People) -> None:
    by = By(SCHOOL_ID, "test")
    for username in ("ana", "ben"):
        await people.put(by, username=username, password=PASSWORD, role=MANAGER)
    outcomes = await asyncio.gather(
        *(
            people.change(By(SCHOOL_ID, "test", new_id()), account.account_id, display_name="", role=TEACHER)
            for account in await people.all(SCHOOL_ID)
        ),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes if outcome] == [LastManager]
    assert len(await people.managers(SCHOOL_ID)) == 1


async def test_people_of_another_school_are_not_there(web: StaffWeb, database: TestDatabase) -> None:
    await put_rangi(database, school_id="other", username="olive")
    theirs = await in_the_database(database, "SELECT account_id FROM account WHERE username = 'olive'")
    assert "olive" not in await web.browser.open("/people")
    address, _ = await add_hana(web)
    await web.browser.open(f"/people/{theirs}", 404)
    for act in ("", "/password", "/closing", "/reopening"):
        fields = {"form_id": new_id(), "role": "teacher", "display_name": "Taken"}
        shown = form(await web.browser.open(address), "form_token")
        assert (await web.browser.press(shown, f"/people/{theirs}{act}", **fields)).status_code == 404
    assert (await another_browser(web).sign_in("olive")).status_code == 303


# --- one's own password, and sessions


async def test_a_changed_password_ends_every_other_session(web: StaffWeb) -> None:
    elsewhere = another_browser(web)
    await elsewhere.sign_in()
    shown = form(await web.browser.open("/password"), "chosen")
    before = web.browser.client.cookies[COOKIE]
    again = {"current": PASSWORD, "chosen": PASSWORD, "repeated": PASSWORD}
    assert "Choose another." in (await web.browser.press(shown, "/password", **again)).text
    changed = await web.browser.press(shown, "/password", current=PASSWORD, chosen=OWN, repeated=OWN)
    assert changed.headers["location"] == "/password?changed"
    assert web.browser.client.cookies[COOKIE] != before
    assert "Your password is changed." in await web.browser.open("/password?changed")
    assert (await elsewhere.client.get("/pending")).headers["location"].startswith("/sign-in")
    assert (await elsewhere.sign_in()).status_code == 401


async def test_guessing_the_password_of_an_open_session_is_slowed_too(web: StaffWeb) -> None:
    shown = form(await web.browser.open("/password"), "chosen")
    fields = {"chosen": OWN, "repeated": OWN}
    for _ in range(6):
        assert "is not right" in (await web.browser.press(shown, "/password", current="wrong", **fields)).text
    assert "Too many tries" in (await web.browser.press(shown, "/password", current=PASSWORD, **fields)).text


async def test_a_session_ends_when_nothing_is_done_and_after_a_day_of_work(
    web: StaffWeb, database: TestDatabase
) -> None:
    async def answered() -> int:
        return (await web.browser.client.get("/classes")).status_code

    await in_the_database(database, "UPDATE session SET used_at = now() - interval '110 minutes'")
    assert await answered() == 200
    assert await in_the_database(database, "SELECT now() - used_at < interval '1 minute' FROM session")
    await in_the_database(database, "UPDATE session SET used_at = now() - interval '121 minutes'")
    assert await answered() == 303
    await web.browser.sign_in()
    assert await in_the_database(database, "SELECT count(*) FROM session") == 1
    lasts = await in_the_database(database, "SELECT extract(epoch FROM expires_at - now()) / 3600 FROM session")
    assert 11.9 < lasts <= 12
    await in_the_database(database, "UPDATE session SET expires_at = now()")
    assert await answered() == 303


# --- from the terminal


async def test_the_first_account_is_a_managers_and_the_next_have_to_say(people: People) -> None:
    by = By(SCHOOL_ID, "test")
    await people.put(by, username="ana", password=PASSWORD, display_name="Ana")
    with pytest.raises(RoleNotSaid):
        await people.put(by, username="ben", password=PASSWORD)
    await people.put(by, username="ben", password=PASSWORD, role=OFFICE)
    await people.put(by, username="ana", password=OWN)
    with pytest.raises(LastManager):
        await people.put(by, username="ana", password=OWN, role=TEACHER)
    found = {account.username: account for account in await people.all(SCHOOL_ID)}
    assert (found["ana"].role, found["ben"].role) == (MANAGER, OFFICE)
    assert found["ana"].display_name == "Ana"
    assert [act.act for act in await people.acts(SCHOOL_ID)] == ["password_given", "added", "added"]


async def test_laurel_staff_add_lets_a_person_in_and_opens_a_closed_account(
    people: People, database: TestDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAUREL_POSTGRES_URL", database.url("staff"))
    home = Home(tmp_path)

    async def add(password: str, **more: Any) -> Account:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        await add_staff(home, "mere", more.get("name"), more.get("role"))
        [account] = await people.all(SCHOOL_ID)
        return account

    account = await add(PASSWORD, name="Mere Walker")
    assert (account.role, account.called) == (MANAGER, "Mere Walker")
    await in_the_database(database, "UPDATE account SET closed_at = now()")
    assert (await add(PASSWORD)).closed_at is None
    for weak in ("short", "aaaaaaaaaaaa", "mere-mere-mere"):
        with pytest.raises(WeakPassword):
            await add(weak)


async def test_accounts_from_before_there_were_roles_are_managers(
    people: People, web: StaffWeb, database: TestDatabase
) -> None:
    password_hash = await in_the_database(database, "SELECT password_hash FROM account WHERE username = 'rangi'")
    await in_the_database(
        database,
        "INSERT INTO account (username, school_id, display_name, password_hash) VALUES ('old', 'demo', 'Old', $1)",
        password_hash,
    )
    old = another_browser(web)
    assert (await old.sign_in("old")).status_code == 303
    assert "Add a person" in await old.open("/people")
