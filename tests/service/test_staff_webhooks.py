"""The page of the other systems that are told what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from contracts.catalogue import ACT_ON_WEBHOOK, PUT_WEBHOOK
from contracts.webhook_queries import ActOnEndpoint, EndpointChanged, PutEndpoint
from deploy.embedded.nats import NatsServer
from services.kit.broker import QueryRefused
from tests.conftest import TestDatabase
from tests.service.html_forms import form, forms
from tests.service.staff_web import StaffWeb, staff_web
from tests.service.staff_webhooks import ENDPOINT

HERE = f"/webhooks/{ENDPOINT.endpoint_id}"


@pytest.fixture
async def web(database: TestDatabase, nats_server: NatsServer) -> AsyncIterator[StaffWeb]:
    async with staff_web(database, nats_server, "progression", "webhooks") as running_web:
        yield running_web


def asked(web: StaffWeb, name: str) -> list[object]:
    return [request for called, _, request in web.neighbours.asked if called == name]


async def test_a_webhook_is_added_and_its_secret_is_shown_once(web: StaffWeb) -> None:
    shown = form(await web.browser.open("/webhooks/add"), "url")
    answer = await web.browser.press(shown, "/webhooks/add", url="")
    assert answer.status_code == 422
    assert "Choose at least one event." in answer.text
    web.neighbours.know(PUT_WEBHOOK, QueryRefused("unusable_url", "It leads inside."))
    answer = await web.browser.press(shown, "/webhooks/add", url="https://x.example/a?b", types=["certificates.issued"])
    assert (answer.status_code, "It leads inside." in answer.text, "https://x.example/a?b" in answer.text) == (
        422,
        True,
        True,
    )
    web.neighbours.know(PUT_WEBHOOK, EndpointChanged(endpoint=ENDPOINT, secret="whsec_abc"))
    answer = await web.browser.press(shown, "/webhooks/add", url="https://x.example", types=["certificates.issued"])
    assert "<code>whsec_abc</code>" in answer.text
    requests = asked(web, "put_endpoint")
    assert len({request.endpoint_id for request in requests if isinstance(request, PutEndpoint)}) == 1


async def test_its_page_says_how_it_fares_and_each_button_asks_for_what_it_says(web: StaffWeb) -> None:
    assert "Failing" in await web.browser.open("/webhooks")
    page = await web.browser.open(HERE)
    assert "It answered 500. Next try 5 Mar 2026, 4:05 PM." in page
    assert "https://records.example/&lt;laurel&gt;" in page
    web.neighbours.know(ACT_ON_WEBHOOK, EndpointChanged(endpoint=ENDPOINT, queued=3))
    for shown in forms(page):
        if shown.action == f"{HERE}/act":
            await web.browser.press(shown, f"{HERE}/act", since="2026-03-05T16:05")
    acts = [request for request in asked(web, "act_on_endpoint") if isinstance(request, ActOnEndpoint)]
    assert {act.act for act in acts} == {"test", "replay", "rotate", "disable"}
    [since] = [act.since for act in acts if act.act == "replay"]
    assert since == datetime(2026, 3, 5, 3, 5, tzinfo=UTC)
    assert "3 events are sent again." in await web.browser.open(f"{HERE}?queued=3")
