"""The staff web, served, with one person of each role signed in, and neighbours that tell of a whole school."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from contracts import catalogue, proofs
from contracts.certificates import LayoutRef
from contracts.layout_queries import LayoutVerdict
from contracts.letter_queries import Letterhead
from contracts.mail_queries import PublishedVersions
from contracts.papers import Prints
from contracts.roster_queries import RosterPage
from contracts.run_queries import RunRow, RunStates
from contracts.webhook_queries import EndpointChanged
from deploy.embedded.nats import NatsServer
from services.staff.roles import MANAGER, OFFICE, TEACHER
from services.staff.sessions import COOKIE, form_token
from tests.conftest import TestDatabase
from tests.packs import certificate
from tests.running import served
from tests.school import SCHOOL_ID
from tests.service import staff_school as told
from tests.service.hostile_places import arounds, forms_shown, places
from tests.service.hostile_requests import Around, Request
from tests.service.html_forms import Fields
from tests.service.neighbours import Neighbours
from tests.service.raw_http import Answer
from tests.service.staff_ladder import CHECK, PICTURE
from tests.service.staff_web import StaffWeb, put_rangi, staff_web
from tests.service.staff_webhooks import ENDPOINT
from tests.service.test_staff_attention import tell_of_trouble
from tests.service.test_staff_erasure import exported, held, receipt
from tests.service.test_staff_import import STUDENTS
from tests.service.test_staff_mails import BOUNCED, mailed

WHO = {"teacher": "tia", "office": "olive", "manager": "rangi"}
SPARE = "sam"
"""Whose account is changed, closed and opened again."""
VISITORS = (*["manager"] * 5, "office", "teacher", "guest", "nobody")
NEVER_ENDS = ("/events", "/runs/{run_id}/events")
TOUCH = (
    '{"touch_id":"0199aaaa-0000-7000-8000-00000000000a","student_id":"s1","level_id":"l3","skill_id":"dive","value":true,'
    '"teacher_id":"t1","marked_on":"2026-03-10","touched_at":"2026-03-10T04:30:00Z"}'
)
USUAL: Fields = {
    "form_token": ["~form_token~"],
    "form_id": [told.AROHA_CERTIFICATE],
    "certificate": ["c1"],
    "reason": ["x"],
}
"""Where no page shows a form just now."""
QUERIES = {"/class": "name=Tuesday%204%20pm"}
HIDDEN_FORMS: Mapping[tuple[str, str], Sequence[Fields]] = {
    ("POST", "/class/marks"): ({"form_token": ["~form_token~"], "touch": [TOUCH]},),
    ("POST", "/sign-out"): ({"form_token": ["~form_token~"]},),
}
"""That scripts send, and one that is on every page."""


@dataclass
class InhabitedStaff:
    url: str
    web: StaffWeb
    known: Mapping[str, Sequence[str]]
    sessions: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, who: str) -> None:
        self.web.browser.client.cookies.clear()
        assert (await self.web.browser.sign_in(WHO[who])).status_code == 303
        self.sessions[who] = self.web.browser.client.cookies[COOKIE]

    def put_in(self, request: Request) -> Request:
        token = self.sessions.get(request.who, "of-nobody")
        headers = request.headers
        if request.who != "nobody" and "cookie" not in dict(headers):
            headers = (*headers, ("cookie", f"{COOKIE}={token}"))
        body = request.body.replace(b"~form_token~", form_token(token).encode())
        return replace(request, headers=headers, body=body)

    async def mend(self, request: Request, answer: Answer) -> None:
        """Whoever was signed out, or has signed themselves out, comes back."""
        is_out = answer.headers.get("location", "").startswith("/sign-in")
        if is_out and request.who in WHO and "cookie" not in dict(request.headers):
            await self.sign_in(request.who)

    async def around(self) -> list[Around]:
        """By the forms that a manager is shown."""
        await self.sign_in("manager")
        managers = form_token(self.sessions["manager"])
        pages = [
            page
            for method, path in places(self.web.app)
            if method == "GET" and path not in NEVER_ENDS
            if (page := await self._page(self._address(path)))
        ]
        self.web.browser.client.cookies.clear()
        pages.append(("/sign-in", (await self.web.browser.client.get("/sign-in")).text))
        guests = form_token(self.web.browser.client.cookies[COOKIE])
        for who in WHO:
            await self.sign_in(who)
        hidden = {managers: "~form_token~", guests: "~form_token~"}
        forms = forms_shown(self.web.app, pages, hidden)
        around = arounds(self.web.app, VISITORS, self.known, {**HIDDEN_FORMS, **forms})
        return [
            replace(
                each,
                forms=[{"form_token": ["~form_token~"], **form} for form in each.forms or (USUAL,)],
                query=QUERIES.get(each.path, ""),
            )
            for each in around
        ]

    async def _page(self, address: str) -> tuple[str, str] | None:
        """Its path and its HTML; None for what is a file."""
        answer = await self.web.browser.client.get(address)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        return (address.partition("?")[0], answer.text) if is_page else None

    def _address(self, path: str) -> str:
        pieces = path.split("{")
        filled = [
            self.known[place.partition(":")[0]][0] + rest
            for place, _, rest in (piece.partition("}") for piece in pieces[1:])
        ]
        return pieces[0] + "".join(filled) + ("?name=Tuesday 4 pm" if path == "/class" else "")


@asynccontextmanager
async def inhabited_staff(server: NatsServer, database: TestDatabase) -> AsyncIterator[InhabitedStaff]:
    playing = ("progression", "rendering", "portal", "notification", "webhooks")
    async with staff_web(database, server, *playing) as web, served(web.app) as url:
        _tell_the_rest(web.neighbours)
        for username, role in ((WHO["teacher"], TEACHER), (WHO["office"], OFFICE), (SPARE, MANAGER)):
            await put_rangi(database, username=username, role=role)
        [spare] = await _links(web, "/people")
        yield InhabitedStaff(url, web, await _known(web, spare.rpartition("/")[2]))


async def _links(web: StaffWeb, page: str) -> list[str]:
    html = await web.browser.open(page)
    rows = html.split("<tr")
    return [row.split('href="')[1].split('"')[0] for row in rows if SPARE in row and 'href="' in row]


async def _known(web: StaffWeb, account_id: str) -> Mapping[str, Sequence[str]]:
    """What there is, by the name of a place in a path."""
    token = form_token(web.browser.client.cookies[COOKIE])
    uploaded = await web.browser.client.post(
        "/import",
        data={"form_token": token},
        files=[("files", ("students.csv", STUDENTS.encode(), "text/csv"))],
    )
    return {
        "student_id": ("s1",),
        "certificate_id": ("c1",),
        "progression_id": (told.AROHA_CERTIFICATE,),
        "run_id": ("r1",),
        "level_id": ("starfish",),
        "layout_id": ("plain",),
        "family_id": ("f1",),
        "letter_id": ("17",),
        "version": ("1", "2"),
        "texts": ("sample", "small"),
        "kind": ("students", "levels"),
        "account_id": (account_id,),
        "erasure_id": (ERASURE,),
        "upload_id": (uploaded.headers["location"].rpartition("/")[2],),
        "endpoint_id": (ENDPOINT.endpoint_id,),
        "file": ("staff.css", "staff.js"),
        "rest": ("nowhere", "family/f1"),
    }


ERASURE = "0f6d3b52-8f0a-4c55-9b1d-2b5f6f8f7a10"


def _tell_the_rest(known: Neighbours) -> None:
    """Beyond what `staff_records` tells: nothing that staff can ask is unknown."""
    known.know(catalogue.RUN, told.run("r1", "issued", "failed", "issued"))
    row = RunRow(certificate_id="c1", version=1, state="issuing", printing=True, printed=False)
    states = RunStates(requested_at=told.SINCE, email="send", rows=(row,), cancelled=False, undone=False)
    known.know(catalogue.RUN_STATES, states)
    tell_of_trouble(known)
    known.know(catalogue.MAILS, mailed(BOUNCED))
    known.know(catalogue.PUBLISHED, PublishedVersions(versions=()))
    layout = LayoutRef(layout_id="plain", layout_version=1)
    frozen = proofs.Preview(layout=layout, fields={"recipient_name": "Aroha Ngata"}, placeholders=("number",))
    known.know(catalogue.PREVIEW, frozen)
    known.know(catalogue.CHECK, proofs.Checked(findings=(), checked=1))
    for picture in (catalogue.PICTURE, catalogue.LAYOUT_PREVIEW):
        known.know(picture, PICTURE)
    for paper in (catalogue.BARE, catalogue.CHECKLIST):
        known.know(paper, certificate("A paper"))
    known.know(catalogue.PRINTS, Prints(prints=()))
    known.know(catalogue.ROSTER, RosterPage())
    known.know(catalogue.IMPORT_CHECK, CHECK)
    verdict = LayoutVerdict(problems=(), layout=told.layout("plain", "Plain", None), new=True)
    known.know(catalogue.PUBLISH_LAYOUT, verdict)
    known.know(catalogue.PUT_LETTERHEAD, Letterhead())
    known.know(catalogue.FAMILY_EXPORT, exported("Aroha"))
    known.know(catalogue.HELD_BY_PORTAL, held("links", {"purpose": "share"}))
    known.know(catalogue.HELD_BY_NOTIFICATION, held("mails", {"state": "accepted"}))
    known.know(catalogue.HELD_BY_WEBHOOKS, held("events for other systems", {"type": "certificates.issued"}))
    for changed in (catalogue.PUT_WEBHOOK, catalogue.ACT_ON_WEBHOOK):
        known.know(changed, EndpointChanged(endpoint=ENDPOINT, secret="whsec_abc"))
    known.know(catalogue.ERASURES, receipt(ERASURE, "portal"))
    for certificate_id in ("c0", "c1", "c2"):
        for version in (1, 2):
            known.pdfs[SCHOOL_ID, certificate_id, version] = certificate("A paper")
