"""Mails a second: from certificates that are published to mails that the server has accepted, beside a bare loop.

Both hand their mails to the stack's own inbox, a process that has each on its disk before it says 250, over as many
connections: as far away as a provider's mail server is, and next door. progression and portal are played, and cost next
to nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import mkdtemp

import asyncpg
import httpx
from aiosmtplib import SMTP

from contracts.catalogue import CERTIFICATE, GUARDIANS
from contracts.certificates import LayoutRef
from contracts.envelope import Envelope, wrap
from contracts.permissions import PROVISIONER
from contracts.portal import Published
from contracts.queries import AskCertificate, AskGuardians, Certificate, CertificateVersion, Guardians, TeacherRef
from contracts.roster import Guardian
from deploy.embedded.process import free_port
from deploy.supervision import PythonChild
from services.kit.broker import Bus
from services.kit.provision import provision
from services.kit.telemetry import Metrics
from services.notification.languages import language
from services.notification.letter import Award, Letter, Writer
from tests.bench.awards import LAYOUT_ID, SCHOOL_ID
from tests.bench.lab import Figures, Lab
from tests.bench.system import PASSWORD, PORTAL, Rows, broker_in, durable_postgres, make_database
from tests.waiting import eventually

FAR_S = 0.02
"""What each answer takes to come from a mail server that others run, in the same country; four of them are one mail."""
CONNECTIONS = 8
"""As notification's own default."""
DOMAINS = 100
"""So that the bound on mails to one of them is not what is measured."""
MAIL_FROM = "certificates@laurel.test"
SCHOOL_NAME = "Kauri Coast Swim School"
DATABASE = "mail"
WITHIN_S = 600.0
PUBLISHED_AT_ONCE = 50
WARM = 100


@dataclass(frozen=True, slots=True)
class PostOffice:
    """notification and an inbox, each a process, with their servers."""

    portal: Bus
    rows: Rows
    """A superuser's connection, in notification's schema."""
    smtp_port: int
    pids: dict[str, int]


async def far_mails(lab: Lab) -> Figures:
    """`mails_per_s`: from the first event in the stream to the last mail accepted; `bare_mails_per_s`: by a loop."""
    laurel, loop = await _both(lab, FAR_S)
    return {"mails_per_s": laurel, "bare_mails_per_s": loop}


async def near_mails(lab: Lab) -> Figures:
    """The same with a mail server on the same machine that has nothing to do but to keep them."""
    laurel, loop = await _both(lab, 0.0)
    return {"near_mails_per_s": laurel, "bare_near_mails_per_s": loop}


async def _both(lab: Lab, answers_after_s: float) -> tuple[float, float]:
    async with post_office(Path(mkdtemp(dir=lab.folder)), answers_after_s) as office:
        await through_laurel(office, 0, WARM)
        await bare(office, WARM)
        return await through_laurel(office, WARM, lab.sizes.mails), await bare(office, lab.sizes.mails)


async def through_laurel(office: PostOffice, first: int, count: int) -> float:
    """Mails a second, of certificates with these numbers: they are published as fast as the broker takes them."""
    envelopes = [_published(number) for number in range(first, first + count)]
    started = time.perf_counter()
    gate = asyncio.Semaphore(PUBLISHED_AT_ONCE)

    async def publish(envelope: Envelope) -> None:
        async with gate:
            await office.portal.publish(envelope)

    await asyncio.gather(*(publish(envelope) for envelope in envelopes))

    async def all_accepted() -> bool:
        accepted = await office.rows.fetchval("SELECT count(*) FROM mail WHERE state = 'accepted'")
        return bool(accepted == first + count)

    await eventually(all_accepted, within=WITHIN_S, what="every mail accepted", pause=0.1)
    return count / (time.perf_counter() - started)


async def bare(office: PostOffice, count: int) -> float:
    """Mails a second, by the loop that anybody would write: connections that stay open, the mail written before."""
    content = _content()
    numbers = iter(range(count))

    async def send_some() -> None:
        async with SMTP(hostname="127.0.0.1", port=office.smtp_port, start_tls=False, local_hostname="bench") as client:
            for number in numbers:
                await client.sendmail(MAIL_FROM, [_guardian(number).email], content)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as loops:
        for _ in range(CONNECTIONS):
            loops.create_task(send_some())
    return count / (time.perf_counter() - started)


@asynccontextmanager
async def post_office(folder: Path, answers_after_s: float) -> AsyncIterator[PostOffice]:
    async with AsyncExitStack() as running:
        postgres = running.enter_context(durable_postgres(folder / "postgres"))
        await make_database(postgres, DATABASE)
        broker = running.enter_context(broker_in(folder / "nats"))
        progression, portal = [Bus(name, broker.url(name), Metrics()) for name in (PROVISIONER, "portal")]
        progression.answer(CERTIFICATE, _certificate)
        progression.answer(GUARDIANS, _guardians)
        for bus in (progression, portal):
            await bus.start()
            running.push_async_callback(bus.stop)
        await provision(progression.jetstream)
        await progression.broker.start()
        smtp_port = free_port()
        inbox = {
            "LAUREL_SMTP_PORT": str(smtp_port),
            "LAUREL_MAIL_FOLDER": str(folder / "inbox"),
            "LAUREL_ANSWERS_AFTER_S": str(answers_after_s),
        }
        notification = {
            "LAUREL_NATS_URL": broker.url("notification"),
            "LAUREL_POSTGRES_URL": postgres.url("notification", PASSWORD, DATABASE),
            "LAUREL_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
            "LAUREL_SMTP_CONNECTIONS": str(CONNECTIONS),
            "LAUREL_MAIL_FROM": MAIL_FROM,
            "LAUREL_PORTAL_URL": PORTAL,
        }
        children = [
            PythonChild("inbox", "tests.bench.distant_inbox", folder / "inbox.log", inbox, free_port()),
            PythonChild("notification", "services.notification", folder / "n.log", notification, free_port()),
        ]
        async with httpx.AsyncClient(timeout=5) as http:
            for child in children:
                running.callback(child.stop)
                child.start()
                await child.until_ready(http)
        processes = {"notification": children[1].process, "inbox": children[0].process}
        pids = {name: process.pid for name, process in processes.items() if process}
        assert postgres.process is not None
        assert broker.process is not None
        pids |= {"Postgres": postgres.process.pid, "NATS": broker.process.pid}
        rows = await asyncpg.connect(
            postgres.url(database=DATABASE), server_settings={"search_path": "notification", "timezone": "UTC"}
        )
        running.push_async_callback(rows.close)
        yield PostOffice(portal, rows, smtp_port, pids)


async def _certificate(_: str, question: AskCertificate) -> Certificate:
    number = int(question.certificate_id.removeprefix("c"))
    version = CertificateVersion(
        version=1,
        state="issued",
        recipient_name="Mia Thompson",
        title="Dolphin 3",
        teacher=TeacherRef(teacher_id="t1", name="Hana Parata"),
        issued_on=date(2026, 3, 12),
        layout=LayoutRef(layout_id=LAYOUT_ID, layout_version=1),
    )
    return Certificate(
        certificate_id=question.certificate_id,
        number=f"2026-{number}",
        kind="ad_hoc",
        student_id=f"s{number}",
        family_id=f"f{number}",
        verify_url=f"{PORTAL}/verify/{number}",
        email="send",
        mailed_together=(question.certificate_id,),
        school_name=SCHOOL_NAME,
        locale="en-NZ",
        versions=(version,),
    )


async def _guardians(_: str, question: AskGuardians) -> Guardians:
    number = int(question.family_id.removeprefix("f"))
    return Guardians(family_id=question.family_id, guardians=(_guardian(number),))


def _guardian(number: int) -> Guardian:
    return Guardian(
        guardian_id=f"g{number}", name="Hana Thompson", email=f"hana.{number}@family{number % DOMAINS}.test"
    )


def _published(number: int) -> Envelope:
    event = Published(
        certificate_id=f"c{number}", version=1, family_id=f"f{number}", family_url=f"{PORTAL}/family/{'k' * 43}"
    )
    return wrap(event, SCHOOL_ID, source="/laurel/portal")


def _content() -> bytes:
    """As notification writes it."""
    guardian = _guardian(0)
    award = Award("Mia Thompson", "Dolphin 3", None, date(2026, 3, 12), corrects=False)
    letter = Letter(
        guardian_name=guardian.name,
        address=guardian.email,
        school_name=SCHOOL_NAME,
        language=language(None, "en-NZ"),
        awards=(award,),
        family_url=f"{PORTAL}/family/{'k' * 43}",
        identity="bench",
    )
    return Writer(MAIL_FROM).compose(letter)
