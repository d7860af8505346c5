"""Whatever is sent to a web face of Laurel, it answers in order: no failure, no header missing, nothing said back raw.

`LAUREL_HOSTILE_REQUESTS=1000` looks further than each landing does, `LAUREL_HOSTILE_SEED` elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.embedded.nats import NatsServer
from services.kit.service import build_service
from services.kit.telemetry import Metrics, get_logger
from tests.conftest import TestDatabase
from tests.running import served
from tests.service.hostile_places import arounds
from tests.service.hostile_requests import Request
from tests.service.hostile_wire_http import PROBE, malformed
from tests.service.portal_inhabited import inhabited_portal
from tests.service.raw_http import Answer, say
from tests.service.staff_inhabited import inhabited_staff
from tests.service.web_walker import World, walk, walking

pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore:Unclosed file <tempfile:ResourceWarning")]

NEVER_OPEN = {"POST /sign-in", "GET /{rest:path}", "POST /{rest:path}"}
"""Without the right password, and where nothing is."""


class Bare:
    """An app with nobody in it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def put_in(self, request: Request) -> Request:
        return request

    async def mend(self, request: Request, answer: Answer) -> None:
        pass


@asynccontextmanager
async def bare(app: Starlette) -> AsyncIterator[Bare]:
    async with app.router.lifespan_context(app), served(app) as url:
        yield Bare(url)


async def test_no_request_to_the_portal_fails(nats_server: NatsServer, database: TestDatabase, tmp_path: Path) -> None:
    async with inhabited_portal(nats_server, database, tmp_path / "artefacts") as portal, walking(portal) as walker:
        found = await walk(walker, await portal.around())
        assert found == [], "\n\n".join(found)
        answered = set().union(*walker.statuses.values())
        assert answered >= {200, 201, 303, 400, 403, 404, 410, 422}, "some of its ways were never gone"


async def test_no_request_to_the_staff_web_fails(nats_server: NatsServer, database: TestDatabase) -> None:
    async with inhabited_staff(nats_server, database) as staff, walking(staff) as walker:
        found = await walk(walker, await staff.around())
        assert found == [], "\n\n".join(found)
        unopened = [place for place, statuses in walker.statuses.items() if not statuses & {200, 201, 204, 303, 422}]
        assert len({*unopened} - NEVER_OPEN) < 5, f"too little is let in anywhere: {unopened}"


async def test_no_request_to_what_every_service_has_fails() -> None:
    """Progression, rendering and notification have no other pages."""
    app = build_service(Metrics(), parts=[])
    async with bare(app) as service, walking(service) as walker:
        assert await walk(walker, arounds(app, ["nobody"], {}, {})) == []


async def test_what_is_no_http_is_turned_away_and_the_next_is_served(
    nats_server: NatsServer, database: TestDatabase, tmp_path: Path
) -> None:
    async with inhabited_portal(nats_server, database, tmp_path / "artefacts") as portal:
        await _turned_away(portal, "/link")
    async with inhabited_staff(nats_server, database) as staff:
        await _turned_away(staff, "/sign-in")


async def _turned_away(world: World, form: str) -> None:
    async with walking(world) as walker:
        for sent in malformed(form):
            answer = await say(world.url, sent, and_no_more=True)
            assert answer.status < 500, (sent[:100], answer)
        assert (await say(world.url, PROBE)).status == 200
        assert walker.log.taken() == []


async def _fails(_: Asked) -> Response:
    raise ZeroDivisionError


async def _logs(_: Asked) -> Response:
    get_logger().error("page_failed")
    return Response()


async def _repeats(asked: Asked) -> Response:
    return HTMLResponse(f"<p>{asked.query_params}{asked.path_params['said']}")


async def _leads_away(asked: Asked) -> Response:
    return RedirectResponse(asked.path_params["said"])


@pytest.mark.parametrize(
    ("careless", "found"),
    [
        (_fails, "status 500"),
        (_logs, "page_failed"),
        (_repeats, "no content-security-policy"),
        (_repeats, "came back as it was"),
        (_leads_away, "it leads to another site"),
    ],
)
async def test_a_careless_page_is_found(careless: object, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.service.web_walker.EXAMPLES", 200)
    app = build_service(Metrics(), parts=[], routes=[Route("/careless/{said:path}", careless)])  # type: ignore[arg-type]
    [*_, around] = arounds(app, ["nobody"], {}, {})
    if found == "came back as it was":
        monkeypatch.setattr("tests.service.web_walker.ON_EVERY_PAGE", {})
    async with bare(app) as service, walking(service) as walker:
        [said] = await walk(walker, [around])
        assert found in said
        assert "GET /careless/{said:path}" in said
        assert "Request(" in said, "it shows the request"
