"""The portal as a process of its own, with certificates in its schema; nothing else of the stack runs beside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import asyncpg
import httpx

from contracts.permissions import PROVISIONER
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.process import free_port
from deploy.layouts import NO_SCHOOL, trial_printer
from deploy.supervision import PythonChild
from services.kit.artefacts import ArtefactMissing, Artefacts
from services.kit.broker import Bus
from services.kit.postgres import Database
from services.kit.provision import provision
from services.kit.telemetry import Metrics
from services.portal.pages.entrance import COOKIE, SESSION_LASTS
from services.portal.shares import Shares
from services.portal.sharing import Wish
from services.portal.store import Access, Store
from services.rendering.layouts import reading_of
from services.rendering.layouts.samples import sample_values
from services.rendering.library import frozen_as
from tests.bench.awards import FAMILY, GIVEN, LEVELS, SCHOOL_ID
from tests.bench.lab import Lab
from tests.bench.school import sql
from tests.bench.system import PASSWORD, PORTAL, broker_in, make_database

TO_A_CHILD, TO_A_FAMILY = 10, 20
"""Certificates: of two years, and of two children."""
DESIGNS = Path(__file__).parents[2] / "deploy" / "demo" / "layouts"
DESIGN = "harbour"
"""Of the layouts that Laurel comes with: 80 KB, as three of the four are."""
PDF_KEY = f"certificates/{SCHOOL_ID}/one/1.pdf"


@dataclass(frozen=True, slots=True)
class Portal:
    port: int
    store: Store
    links: Shares
    certificates: int

    async def share(self) -> str:
        """The path of a link to a certificate of the last family, whose PDF is stored."""
        return await self._share(_family(self.certificates - 1))

    async def shares(self, links: int) -> list[str]:
        """The paths of links, each to a certificate of another family."""
        return [await self._share(family_id) for family_id in self._families(links)]

    async def let_in(self, families: int) -> list[str]:
        """The cookies of browsers, each of another family, from all over the register."""
        return [await self._cookie(family_id) for family_id in self._families(families)]

    def _families(self, many: int) -> list[str]:
        step = max(1, self.certificates // many)
        return [_family(number) for number in range(0, self.certificates, step)]

    async def _share(self, family_id: str) -> str:
        access = Access(SCHOOL_ID, family_id, None)
        certificate_id = (await self.store.certificates(access))[0].id
        return f"/share/{await self.links.add(access, certificate_id, Wish('full', None))}"

    async def _cookie(self, family_id: str) -> str:
        link = await self.store.new_family_link(SCHOOL_ID, family_id)
        return f"{COOKIE}={await self.store.add_session(link, SESSION_LASTS)}"


def _family(number: int) -> str:
    """Whose the certificate with this number is."""
    return f"f{number // TO_A_FAMILY}"


@asynccontextmanager
async def running_portal(lab: Lab, postgres: PostgresServer, folder: Path, certificates: int) -> AsyncIterator[Portal]:
    """With so many certificates, of this round or of an earlier one."""
    name = f"published_{certificates}"
    await make_database(postgres, name)
    async with AsyncExitStack() as running:
        database = Database(postgres.url("portal", PASSWORD, name), "portal")
        await database.start()
        running.push_async_callback(database.stop)
        digest = sha256(await shipped_pdf(lab)).hexdigest()
        await _publish(postgres.url(database=name), certificates, digest)
        port = await running.enter_async_context(_process(lab, folder, postgres, name))
        yield Portal(port, Store(database), Shares(database), certificates)


async def shipped_pdf(lab: Lab) -> bytes:
    """A certificate of a layout that Laurel comes with, in the lab's artefact store; printed once."""
    artefacts = Artefacts(artefacts_url(lab))
    try:
        return await artefacts.get(PDF_KEY)
    except ArtefactMissing:
        reading = reading_of(DESIGNS / DESIGN, DESIGN)
        fields = sample_values(reading.draft.fields, reading.samples)
        async with trial_printer() as printer:
            content = await printer.print(frozen_as(NO_SCHOOL, DESIGN, 1, reading.draft), fields)
        await artefacts.put(PDF_KEY, content)
        return content


def artefacts_url(lab: Lab) -> str:
    return (lab.folder / "artefacts").as_uri()


async def _publish(admin_url: str, certificates: int, pdf_sha256: str) -> None:
    """Unless an earlier round did. Every certificate has the one PDF."""
    rows = await asyncpg.connect(admin_url, server_settings={"search_path": "portal", "timezone": "UTC"})
    try:
        if await rows.fetchval("SELECT count(*) FROM certificate_version"):
            return
        # That none of them is of an erased child need not be looked up for each.
        await rows.execute("SET session_replication_role = replica")
        await sql.publish_past_certificates(
            rows,
            school_id=SCHOOL_ID,
            certificates=certificates,
            to_a_child=TO_A_CHILD,
            to_a_family=TO_A_FAMILY,
            given_names=GIVEN,
            family_names=FAMILY,
            levels=LEVELS,
            pdf_key=PDF_KEY,
            pdf_sha256=pdf_sha256,
        )
        await rows.execute("VACUUM ANALYZE")
        await rows.execute("CHECKPOINT")
    finally:
        await rows.close()


@asynccontextmanager
async def _process(lab: Lab, folder: Path, postgres: PostgresServer, database: str) -> AsyncIterator[int]:
    """The port of a portal that is ready, with a broker of its own."""
    async with AsyncExitStack() as running:
        broker = running.enter_context(broker_in(folder / "nats"))
        bus = Bus(PROVISIONER, broker.url(PROVISIONER), Metrics())
        await bus.start()
        await provision(bus.jetstream)
        await bus.stop()
        variables = {
            "LAUREL_NATS_URL": broker.url("portal"),
            "LAUREL_POSTGRES_URL": postgres.url("portal", PASSWORD, database),
            "LAUREL_ARTEFACTS_URL": artefacts_url(lab),
            "LAUREL_PORTAL_URL": PORTAL,
        }
        yield await running.enter_async_context(served("services.portal", folder, variables))


@asynccontextmanager
async def served(module: str, folder: Path, variables: dict[str, str]) -> AsyncIterator[int]:
    """The port of a service in a process of its own, which is ready."""
    port = free_port()
    child = PythonChild(module, module, folder / f"{module}.log", variables | {"LAUREL_LOG_LEVEL": "ERROR"}, port)
    child.start()
    try:
        async with httpx.AsyncClient(timeout=5) as http:
            await child.until_ready(http)
        yield port
    finally:
        child.stop()
