"""The inbox in the browser. What a mail contains is never trusted: its HTML lives in a sandbox of its own."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from deploy.inbox.mailbox import Mail, Mailbox, NoSuchMail
from deploy.inbox.reading import attachments_of, html_of, text_of

HERE = Path(__file__).parent
SHOWN = 200

PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; frame-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
# No script, no form, no fetch from anywhere; links may open a page of their own.
MAIL_HEADERS = {
    **PAGE_HEADERS,
    "content-security-policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox;"
        " default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    ),
}


class Pages:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.listed),
            Route("/mail/{name}", self.read),
            Route("/mail/{name}/html", self.html),
            Route("/mail/{name}/source", self.source),
            Route("/mail/{name}/attachments/{number:int}", self.attachment),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]

    def listed(self, request: Request) -> Response:
        return self._page("list.html", mails=self._mailbox.newest(SHOWN), total=self._mailbox.count())

    def read(self, request: Request) -> Response:
        mail = self._mail(request)
        message = mail.message
        return self._page(
            "mail.html",
            mail=mail,
            text=text_of(message),
            has_html=bool(html_of(message)),
            attachments=attachments_of(message),
        )

    def html(self, request: Request) -> Response:
        return HTMLResponse(html_of(self._mail(request).message), headers=MAIL_HEADERS)

    def source(self, request: Request) -> Response:
        content = self._mail(request).message.as_bytes()
        return Response(content, media_type="text/plain; charset=utf-8", headers=PAGE_HEADERS)

    def attachment(self, request: Request) -> Response:
        attachments = attachments_of(self._mail(request).message)
        number = request.path_params["number"]
        if number >= len(attachments):
            raise HTTPException(404)
        chosen = attachments[number]
        # Always a download: shown here, it would be shown as the inbox's own.
        disposition = f"attachment; filename*=UTF-8''{quote(chosen.name)}"
        headers = {**PAGE_HEADERS, "content-disposition": disposition}
        return Response(chosen.content, media_type=chosen.content_type, headers=headers)

    def _mail(self, request: Request) -> Mail:
        try:
            return self._mailbox.read(request.path_params["name"])
        except NoSuchMail:
            raise HTTPException(404, "There is no such mail.") from None

    def _page(self, template: str, **values: object) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(values), headers=PAGE_HEADERS)
