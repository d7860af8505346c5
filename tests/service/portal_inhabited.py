"""The portal, served, with a family whose certificates stand, were corrected and withdrawn, and all its neighbours."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from contracts.catalogue import CARD, COPY, FAMILY_LINK, IMAGE
from contracts.certificates import LayoutRef, Replaced, Withdrawn
from contracts.envelope import new_id
from contracts.family_queries import AskFamilyLink, GuardianPreference
from contracts.papers import CertificatePrint
from contracts.pictures import Copy
from deploy.embedded.nats import NatsServer
from services.portal.pages.entrance import COOKIE
from tests.conftest import TestDatabase
from tests.running import served
from tests.school import SCHOOL_ID
from tests.service.hostile_places import arounds, forms_shown
from tests.service.hostile_requests import Around, Request
from tests.service.hostile_texts import MARKUP
from tests.service.neighbours import neighbours
from tests.service.neighbours_choices import PlayedNotification, played_notification
from tests.service.neighbours_families import PDF, issued, keep_pdf, pdf_of
from tests.service.portal_running import Portal, portal_running
from tests.service.raw_http import Answer

CERTIFICATE = "/family/certificates/c1"
VISITORS = ("family", "family", "family", "guest", "nobody")
ENDING = ("/family/leave", "/family/links/end", "/revoke")
"""What is sent there with success ends what the next request needs."""
KNOWN: Mapping[str, Sequence[str]] = {
    "certificate_id": ("c1", "c1", "c1", "c2", "c3"),
    "version": ("2", "2", "1"),
    "share_id": ("~share_id~",),
    "token": ("~share~", "~link~", "~code~", "~session~"),
    "code": ("~code~",),
    "school_id": (SCHOOL_ID,),
    "file": ("portal.css", "share.js"),
    "path": ("robots.txt/", "family/", "share/"),
}


@dataclass
class InhabitedPortal:
    url: str
    portal: Portal
    notification: PlayedNotification
    secrets: dict[str, str] = field(default_factory=dict)

    async def come_in(self) -> None:
        """The family opens a new link, and shares a certificate anew."""
        asked = AskFamilyLink(family_id="f-thompson", request_id=new_id())
        link = await self.notification.bus.ask(FAMILY_LINK, SCHOOL_ID, asked)
        path = urlsplit(link.family_url).path
        await self.portal.enter(path)
        share = await self.portal.share(CERTIFICATE)
        page = (await self.portal.web.get(CERTIFICATE)).text
        share_id = re.search(r"/shares/([0-9a-f-]{36})/revoke", page)
        assert share_id is not None
        self.secrets = {
            "link": path.rpartition("/")[2],
            "session": self.portal.web.cookies[COOKIE],
            "share": share.rpartition("/")[2],
            "share_id": share_id[1],
            "code": "code-c1",
        }

    def put_in(self, request: Request) -> Request:
        cookie = {"family": self.secrets["session"], "guest": "of-nobody"}.get(request.who)
        headers = request.headers
        if cookie and "cookie" not in dict(headers):
            headers = (*headers, ("cookie", f"{COOKIE}={cookie}"))
        target, body = request.target, request.body
        for name, secret in self.secrets.items():
            target = target.replace(f"~{name}~", secret)
            body = body.replace(f"~{name}~".encode(), secret.encode())
        return replace(request, target=target, headers=headers, body=body)

    async def mend(self, request: Request, answer: Answer) -> None:
        if request.method == "POST" and answer.status < 400 and any(ending in request.target for ending in ENDING):
            await self.come_in()

    async def around(self) -> list[Around]:
        hidden = {secret: f"~{name}~" for name, secret in self.secrets.items()}
        addresses = ("/family", CERTIFICATE, "/family/preferences", "/link", "/verify/code-c1")
        unsubscribing = f"/unsubscribe/{SCHOOL_ID}/{'x' * 43}"
        pages = [(each, (await self.portal.web.get(each)).text) for each in (*addresses, unsubscribing)]
        return arounds(self.portal.app, VISITORS, KNOWN, forms_shown(self.portal.app, pages, hidden))


@asynccontextmanager
async def inhabited_portal(
    server: NatsServer, database: TestDatabase, artefacts: Path
) -> AsyncIterator[InhabitedPortal]:
    async with (
        portal_running(server, database, artefacts) as portal,
        neighbours(server, "rendering") as rendering,
        played_notification(server) as notification,
        served(portal.app) as url,
    ):
        for version in (1, 2):
            rendering.pdfs[SCHOOL_ID, "c1", version] = PDF
        rendering.know(IMAGE, b"\xff\xd8 a picture")
        rendering.know(CARD, b"\x89PNG a picture")
        copy = issued("c1", 2, pdf=pdf_of("c1-copy", 2))
        await keep_pdf(artefacts, copy)
        rendering.know(COPY, Copy(of_copy=f"nameless.{'0' * 16}", pdf=copy.pdf, name="A swimmer", title="Dolphin 3"))
        portal.neighbours.prints["c1"] = CertificatePrint(
            certificate_id="c1",
            version=2,
            layout=LayoutRef(layout_id="classic", layout_version=1),
            fields={"recipient_name": "Mia Thompson"},
            first_name="Mia",
        )
        notification.guardians = tuple(
            GuardianPreference(guardian_id=f"g{n}", name=name, wants_mail=True)
            for n, name in enumerate(("Ana", MARKUP[0]))
        )
        await _issue(portal)
        inhabited = InhabitedPortal(url, portal, notification)
        await inhabited.come_in()
        yield inhabited


async def _issue(portal: Portal) -> None:
    """c1, which was corrected once; c2, which was withdrawn; c3, of a child with an impossible name."""
    await portal.link_of(issued("c1"))
    await portal.link_of(issued("c1", 2))
    await portal.link_of(issued("c2"))
    await portal.link_of(issued("c3", recipient_name=MARKUP[0], title=MARKUP[1], school_name=MARKUP[0]))
    await portal.neighbours.says(
        Replaced(certificate_id="c1", version=1, reason="Her name has a macron", by_version=2),
        Withdrawn(certificate_id="c2", version=1, reason="Issued to the wrong child"),
    )
    await portal.neighbours.settled("portal")
