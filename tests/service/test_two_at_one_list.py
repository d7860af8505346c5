"""Two people work on the same list at once, and each sees what happened."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.school import SchoolSystem
from tests.service.html_forms import form
from tests.service.run_world import RunWorld, run_world


@pytest.fixture
async def at_work(nats_server: NatsServer, database: TestDatabase, school: SchoolSystem) -> AsyncIterator[RunWorld]:
    async with run_world(nats_server, database, school) as at_work:
        yield at_work


async def test_each_certificate_is_issued_once_and_the_second_goes_on_with_the_rest(at_work: RunWorld) -> None:
    ana, kai, mia = await at_work.students("ana", "kai", "mia")
    async with at_work.signed_in("rangi") as rangi, at_work.signed_in("mere") as mere:
        asked = {}
        for browser in (rangi, mere):
            pending = form(await browser.open("/pending"), "run_id")
            asked[browser] = await browser.press(pending, "/pending", certificate=[ana, kai], level_change=[ana, mia])
        first = await rangi.press(form(asked[rangi].text, "mail"), "/runs")
        assert first.status_code == 303
        late = form(asked[mere].text, "mail")
        late.fields["certificate"] = [ana, kai, mia]
        second = await mere.press(late, "/runs")
        assert second.status_code == 422
        for words in ("Nothing was started", "<strong>Rangi Patel</strong>", "issued 2 of these", "made 2 of these"):
            assert words in second.text
        assert "<strong>1 certificate</strong> for 1 student" in second.text

        rest = await mere.press(form(second.text, "mail"), "/runs")
        assert rest.status_code == 303
        for progression_id in (ana, kai, mia):
            await at_work.world.school.event("certificates.evt.issued", progression_id=progression_id)
        assert len(at_work.world.school.events("certificates.evt.issued")) == 3
        assert len(at_work.world.school.events("progress.evt.level_changed")) == 2
        page = await mere.open(rest.headers["location"])
        assert "Started by Mere Walker" in page

        # A third press of what is gone: nothing is left, and who did it is said.
        nothing = await mere.press(late, "/pending")
        assert "Nothing is left to start" in nothing.text
        assert "Rangi Patel" in nothing.text
        assert 'formaction="/pending"' in nothing.text


async def test_a_run_is_undone_on_its_page_and_all_of_it_waits_again(at_work: RunWorld) -> None:
    ana, kai = await at_work.students("ana", "kai")
    async with at_work.signed_in("rangi") as rangi:
        asked = await rangi.press(form(await rangi.open("/pending"), "run_id"), "/pending")
        started = await rangi.press(form(asked.text, "mail"), "/runs")
        for progression_id in (ana, kai):
            await at_work.world.school.event("certificates.evt.issued", progression_id=progression_id)
        address = started.headers["location"].partition("?")[0]
        page = await rangi.open(address)
        assert "Undo" in page
        undone = await rangi.press(form(page, "form_id"), f"{address}/undo")
        assert undone.headers["location"] == address
        assert "This run was undone" in await rangi.open(address)
        assert form(await rangi.open("/pending"), "run_id").fields["certificate"] == [ana, kai]
        assert "Undone" in await rangi.open("/runs")
        late = await rangi.press(form(page, "form_id"), f"{address}/undo", form_id="another")
        assert late.status_code == 422
        assert "This run was undone already." in late.text


async def test_the_rest_of_a_run_is_cancelled_and_what_failed_is_tried_again(at_work: RunWorld) -> None:
    world = at_work.world
    await world.put_student("kai", given_name="Unprintable")
    await world.put_student("mia")
    kai, mia = await world.complete("kai"), await world.complete("mia")
    async with at_work.signed_in("rangi") as rangi:
        await world.run("r1", [{"progression_id": kai}, {"progression_id": mia}])
        await world.school.event("certificates.evt.issued", progression_id=mia)

        async def failed() -> str | None:
            page = await rangi.open("/runs/r1")
            return page if "Retry failed" in page else None

        page = await world.school.until(failed)
        assert "The name does not fit." in page
        assert "Cancel the rest" not in page
        world.rendering.printing.clear()
        assert (await rangi.press(form(page, "form_id"), "/runs/r1/retry")).status_code == 303
        page = await rangi.open("/runs/r1")
        assert "Cancel the rest" in page
        cancelled = await rangi.press(form(page, "form_id"), "/runs/r1/cancel")
        assert cancelled.status_code == 303
        page = await rangi.open("/runs/r1")
        for words in ("The rest of this run was cancelled", "By Rangi Patel", "1 cancelled"):
            assert words in page
        assert await world.pending_ids() == {kai}
        world.rendering.printing.set()
