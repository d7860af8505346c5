"""The artefact store on a folder and on a real S3, by one and the same tests; and certificates that lie in S3."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from nats.js.errors import NotFoundError
from obstore.exceptions import BaseError

from contracts.portal import Published
from contracts.rendering import Rendered
from contracts.topology import INTERNAL
from deploy.embedded.nats import NatsServer
from services.kit.artefacts import ArtefactMissing, Artefacts, NotExclusive
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.portal.app import build_app
from services.portal.settings import PortalSettings
from services.rendering.layouts import publish_draft
from tests import debian
from tests.conftest import TestDatabase
from tests.running import running
from tests.school import SCHOOL_ID
from tests.service.neighbours_families import issued, neighbours_of
from tests.service.portal_running import PORTAL_URL
from tests.service.rendering_world import command, demo_draft, issue
from tests.service.s3_server import PACKAGES, S3Server
from tests.service.test_rendering import rendering
from tests.waiting import eventually

pytestmark = pytest.mark.heavy

WRITERS = 16
MORE_THAN_A_PAGE = 1_100
"""S3 tells of a thousand keys at once."""
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[S3Server]:
    debian.is_there("radosgw", *PACKAGES)
    server = S3Server(tmp_path_factory.mktemp("s3"))
    try:
        await asyncio.to_thread(server.start)
        await server.make_bucket()
        yield server
    finally:
        await asyncio.to_thread(server.stop)


@pytest.fixture
def s3(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """A service here is told where it is."""
    for name, value in server.variables().items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture(params=["folder", "s3"])
def artefacts(request: pytest.FixtureRequest, tmp_path: Path) -> Artefacts:
    url = tmp_path.as_uri() if request.param == "folder" else request.getfixturevalue("s3").url
    return Artefacts(f"{url}/{request.node.name.replace('[', '/').rstrip(']')}")


async def test_what_was_put_is_there_until_it_is_deleted(artefacts: Artefacts) -> None:
    assert await artefacts.ready()
    await artefacts.put("a/1", b"one")
    await artefacts.put("a/1", b"another")
    await artefacts.put("ab/1", b"a neighbour")
    assert await artefacts.get("a/1") == b"another"
    assert await artefacts.keys("a") == ["a/1"]
    assert await artefacts.delete_below("a") == 1
    assert await artefacts.delete_below("a") == 0
    assert await artefacts.get("ab/1") == b"a neighbour"
    with pytest.raises(ArtefactMissing):
        await artefacts.get("a/1")
    with pytest.raises(ArtefactMissing):
        await artefacts.piece("a/1", 0, 10)


async def test_of_many_who_write_a_new_key_at_once_one_wins_and_its_bytes_stay(artefacts: Artefacts) -> None:
    contents = [f"writer {number}".encode() for number in range(WRITERS)]
    won = await asyncio.gather(*(artefacts.put_new("layouts/1", content) for content in contents))
    assert won.count(True) == 1
    assert await artefacts.get("layouts/1") == contents[won.index(True)]
    assert not await artefacts.put_new("layouts/1", b"later")


@pytest.mark.parametrize(
    ("start", "length", "found"), [(0, 4, b"0123"), (8, 4, b"89"), (9, 1, b"9"), (10, 4, b""), (99, 1, b"")]
)
async def test_a_piece_is_as_long_as_there_is_something(
    artefacts: Artefacts, start: int, length: int, found: bytes
) -> None:
    await artefacts.put("pdf", b"0123456789")
    piece = await artefacts.piece("pdf", start, length)
    assert (piece.content, piece.size) == (found, 10)
    again = await artefacts.piece("pdf", 0, 1)
    assert piece.mark == again.mark
    await artefacts.put("pdf", b"0123456789 and more")
    assert (await artefacts.piece("pdf", 0, 1)).mark != again.mark


async def test_more_than_a_page_of_keys_is_told_of_and_deleted_whole(artefacts: Artefacts) -> None:
    keys = [f"many/{number:04}" for number in range(MORE_THAN_A_PAGE)]
    await asyncio.gather(*(artefacts.put(key, b"1") for key in keys))
    assert await artefacts.keys("many") == keys
    assert await artefacts.delete_below("many") == MORE_THAN_A_PAGE
    assert await artefacts.keys("many") == []


class Careless(Artefacts):
    """An S3 that does not heed `If-None-Match`."""

    async def _create(self, key: str, content: bytes) -> bool:
        await self.put(key, content)
        return True


async def test_a_store_in_which_two_writers_of_one_key_may_win_is_not_begun_with(s3: S3Server) -> None:
    await Artefacts(s3.url).start()
    with pytest.raises(NotExclusive, match="If-None-Match"):
        await Careless(s3.url).start()
    with pytest.raises(NotExclusive):
        await Careless(s3.url).put_new("layouts/1", b"one of two")
    assert not await Artefacts(s3.url).keys("probe")


async def test_who_is_not_let_in_is_told_so_and_no_secret_with_it(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-wrong-secret")
    with pytest.raises(BaseError, match="lacked the necessary privileges") as told:
        await Artefacts(s3.url).put("a", b"1")
    assert "a-wrong-secret" not in str(told.value)


async def test_a_certificate_is_printed_into_s3_and_served_from_there_in_pieces(
    s3: S3Server, nats_server: NatsServer, database: TestDatabase
) -> None:
    async with printing(s3, nats_server) as progression:
        await command(progression, issue("c1"), "command-c1")
        [rendered] = await eventually(lambda: heard(progression), within=PATIENCE_S)
    pdf = rendered.pdf
    settings = PortalSettings(
        nats_url=nats_server.url("portal"),
        postgres_url=database.url("portal"),
        artefacts_url=s3.url,
        portal_url=PORTAL_URL,
    )
    async with running(build_app(settings), PORTAL_URL) as web, neighbours_of(nats_server) as neighbours:
        await neighbours.says(issued("c1", pdf=pdf))
        [published] = await neighbours.hears(Published, 1)
        await web.get(published.family_url)
        where = "/family/certificates/c1/1.pdf"
        whole = await web.get(where)
        assert whole.status_code == httpx.codes.OK
        assert hashlib.sha256(whole.content).hexdigest() == pdf.sha256
        part = await web.get(where, headers={"Range": "bytes=5-9"})
        assert (part.status_code, part.content) == (httpx.codes.PARTIAL_CONTENT, whole.content[5:10])
        known = await web.get(where, headers={"If-None-Match": whole.headers["etag"]})
        assert known.status_code == httpx.codes.NOT_MODIFIED


async def test_while_s3_is_away_nothing_is_lost_and_it_is_printed_when_it_is_back(
    s3: S3Server, nats_server: NatsServer
) -> None:
    async with printing(s3, nats_server) as progression:
        await asyncio.to_thread(s3.stop_gateway)
        await command(progression, issue("c2"), "command-c2")
        with pytest.raises(BaseError):
            await Artefacts(s3.url).ready()
        assert not await heard(progression)
        await asyncio.to_thread(s3.start_gateway)
        [rendered] = await eventually(lambda: heard(progression), within=PATIENCE_S)
    content = await Artefacts(s3.url).get(rendered.pdf.key)
    assert hashlib.sha256(content).hexdigest() == rendered.pdf.sha256


@asynccontextmanager
async def printing(s3: S3Server, nats_server: NatsServer) -> AsyncIterator[Bus]:
    """Rendering with its layouts in S3, and progression, which commands."""
    progression = Bus("progression", nats_server.url("progression"), Metrics())
    publisher = Bus("rendering", nats_server.url("rendering"), Metrics())
    await progression.start()
    await publisher.start()
    try:
        await publish_draft(Artefacts(s3.url), publisher, SCHOOL_ID, "harbour", demo_draft("harbour"))
        async with rendering(nats_server, s3.url):
            yield progression
    finally:
        await publisher.stop()
        await progression.stop()


async def heard(progression: Bus) -> list[Rendered]:
    """What rendering has said so far."""
    subject = f"rendering.evt.rendered.v1.{SCHOOL_ID}"
    try:
        message = await progression.jetstream.get_last_msg(INTERNAL.name, subject)
    except NotFoundError:
        return []
    return [Rendered.model_validate_json(message.data or b"")]
