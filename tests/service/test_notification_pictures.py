"""A picture of the certificate in the mail, where the school wants it; no mail waits for it, or fails for it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from email.message import EmailMessage

import pytest
from PIL import Image

from contracts.catalogue import IMAGE, PUT_LETTERHEAD
from contracts.certificates import LayoutRef
from contracts.letter_queries import PutLetterhead
from contracts.pictures import AskImage
from contracts.queries import CertificateVersion, TeacherRef
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus, QueryRefused
from services.kit.telemetry import Metrics
from services.notification.pictures import PATIENCE_S, WIDTH_PX
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID
from tests.service.neighbours_families import pdf_of
from tests.service.notification_running import Notification, notification_running
from tests.service.postbox import html_of


def drawn(width: int = 1200, height: int = 848) -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (width, height), "#c9a55c").save(picture, "JPEG")
    return picture.getvalue()


class Renderer:
    """Rendering, as far as pictures go: `answer` is what it says, None for never."""

    def __init__(self) -> None:
        self.asked: list[AskImage] = []
        self.answer: bytes | QueryRefused | None = drawn()
        self.over = asyncio.Event()

    async def draw(self, _: str, asked: AskImage) -> bytes:
        self.asked.append(asked)
        if self.answer is None:
            await self.over.wait()
        if isinstance(self.answer, QueryRefused):
            raise self.answer
        return self.answer or b""


@asynccontextmanager
async def rendering(server: NatsServer) -> AsyncIterator[Renderer]:
    bus, renderer = Bus("rendering", server.url("rendering"), Metrics()), Renderer()
    bus.answer(IMAGE, renderer.draw)
    await bus.start()
    await bus.broker.start()
    yield renderer
    renderer.over.set()
    await bus.stop()


@pytest.fixture
async def notification(nats_server: NatsServer, database: TestDatabase) -> AsyncIterator[Notification]:
    async with notification_running(nats_server, database, digest_grace_s=0.3) as notification:
        yield notification


async def wants_pictures(server: NatsServer) -> None:
    bus = Bus("staff", server.url("staff"), Metrics())
    await bus.start()
    await bus.ask(PUT_LETTERHEAD, SCHOOL_ID, PutLetterhead(picture=True, requested_by="Rangi"))
    await bus.stop()


def enters(notification: Notification, certificate_id: str) -> None:
    version = CertificateVersion(
        version=1,
        state="issued",
        recipient_name="Mia Thompson",
        title="Dolphin 3",
        teacher=TeacherRef(teacher_id="t1", name="Hana Parata"),
        issued_on=date(2026, 3, 12),
        layout=LayoutRef(layout_id="classic", layout_version=1),
        pdf=pdf_of(certificate_id, 1),
    )
    notification.neighbours.enters(certificate_id, versions=1)
    entry = notification.neighbours.register[certificate_id]
    notification.neighbours.register[certificate_id] = entry.model_copy(update={"versions": (version,)})


async def mailed(notification: Notification, certificate_id: str, count: int) -> EmailMessage:
    enters(notification, certificate_id)
    await notification.neighbours.publishes(certificate_id)
    await notification.mails(count)
    return notification.postbox.taken[-1]


def pictures(mail: EmailMessage) -> list[EmailMessage]:
    return [part for part in mail.walk() if part.get_content_type() == "image/jpeg"]


async def test_the_picture_is_of_the_registered_bytes_and_only_where_the_school_wants_it(
    notification: Notification, nats_server: NatsServer
) -> None:
    async with rendering(nats_server) as renderer:
        assert pictures(await mailed(notification, "c1", 1)) == []
        assert renderer.asked == []
        await wants_pictures(nats_server)
        mail = await mailed(notification, "c2", 2)
        assert renderer.asked == [AskImage(certificate_id="c2", version=1, sha256=pdf_of("c2", 1).sha256)]
        [part] = pictures(mail)
        shown = Image.open(io.BytesIO(part.get_content()))
        assert (shown.format, shown.width) == ("JPEG", WIDTH_PX)
        assert f'src="cid:{part["Content-ID"].strip("<>")}"' in html_of(mail)


async def test_a_mail_goes_without_a_picture_that_nobody_has(
    notification: Notification, nats_server: NatsServer
) -> None:
    await wants_pictures(nats_server)
    async with rendering(nats_server) as renderer:
        useless: tuple[bytes | QueryRefused, ...] = (QueryRefused("not_found", "There is none."), b"no picture at all")
        for count, answer in enumerate(useless, 1):
            renderer.answer = answer
            assert pictures(await mailed(notification, f"c{count}", count)) == []
        renderer.answer = drawn()
        assert len(pictures(await mailed(notification, "c3", 3))) == 1
    assert pictures(await mailed(notification, "c4", 4)) == []
    await notification.reaches("accepted", "c4")


@pytest.mark.heavy
async def test_no_mail_is_late_because_of_a_picture(notification: Notification, nats_server: NatsServer) -> None:
    await wants_pictures(nats_server)
    async with rendering(nats_server) as renderer:
        renderer.answer = None
        enters(notification, "c1")
        await notification.neighbours.publishes("c1")
        await notification.mails(1, within=PATIENCE_S + 3)
        assert len(renderer.asked) == 1
        for count in (2, 3, 4):
            assert pictures(await mailed(notification, f"c{count}", count)) == []
        assert len(renderer.asked) == 1, "what was late is not asked for again at once"
