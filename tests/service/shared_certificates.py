"""The portal beside a real rendering: certificates that are printed, and copies of them that show less."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contracts.certificates import LayoutRef
from contracts.papers import CertificatePrint
from deploy.embedded.nats import NatsServer
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.rendering.layouts import publish_draft
from services.rendering.printing.printer import Printer
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID
from tests.service.neighbours_families import SCHOOL_NAME, issued, pdf_of
from tests.service.portal_running import Portal, portal_running
from tests.service.rendering_world import FIELDS, demo_draft, demo_layout

LAYOUT = "harbour"
CHILD = {
    "recipient_name": "Mia Thompson",
    "issued_on": "12 March 2026",
    "school_name": SCHOOL_NAME,
    "notes": "Mia was brave.",
}


class SharedCertificates:
    """`portal`, running, and certificates that its family has; rendering is there or not, as the test wants it."""

    def __init__(self, portal: Portal, printer: Printer) -> None:
        self.portal = portal
        self._printer = printer
        self.link = ""
        """The path of the family's link, as it was mailed last."""

    async def issue(
        self,
        certificate_id: str = "c1",
        version: int = 1,
        *,
        layout_id: str = LAYOUT,
        student_id: str = "s-mia",
        **said: str,
    ) -> str:
        """It is printed and issued, and the family's browser is let in; the path of its page."""
        fields = FIELDS | CHILD | said
        pdf = await self._printer.print(demo_layout(layout_id), fields)
        self.portal.neighbours.prints[certificate_id] = CertificatePrint(
            certificate_id=certificate_id,
            version=version,
            layout=LayoutRef(layout_id=layout_id, layout_version=1),
            fields=fields,
            first_name=fields["recipient_name"].split()[0],
        )
        event = issued(
            certificate_id,
            version,
            pdf=pdf_of(certificate_id, version, pdf),
            recipient_name=fields["recipient_name"],
            title=fields["title"],
            student_id=student_id,
            level_name=fields["level_name"] or None,
            teacher_name=fields["teacher_name"],
        )
        self.link = await self.portal.link_of(event, pdf)
        return f"{await self.portal.enter(self.link)}/certificates/{certificate_id}"


@asynccontextmanager
async def shared_certificates(
    server: NatsServer, database: TestDatabase, artefacts: Path, printer: Printer
) -> AsyncIterator[SharedCertificates]:
    rendering = Bus("rendering", server.url("rendering"), Metrics())
    await rendering.start()
    for layout_id in (LAYOUT, "shoreline"):
        await publish_draft(Artefacts(artefacts.as_uri()), rendering, SCHOOL_ID, layout_id, demo_draft(layout_id))
    await rendering.stop()
    async with portal_running(server, database, artefacts) as portal:
        yield SharedCertificates(portal, printer)
