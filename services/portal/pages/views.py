"""Templates to responses, and the pages that say why there is nothing to see."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from services.kit.dates import long_date
from services.portal.dates import ago
from services.portal.domain import Certificate, public_name
from services.portal.sharing import Paper, picture_size, whole

TEMPLATES = Path(__file__).parent.parent / "templates"


class Views:
    def __init__(self, portal_url: str) -> None:
        self.portal_url = portal_url
        self.root = urlsplit(portal_url).path
        """Before every link: the public base URL may have a path of its own."""
        self.is_secure = portal_url.startswith("https:")
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            # They are the program's, and change with it.
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "long_date": long_date,
            "ago": ago,
            "public_name": public_name,
            "whole": whole,
            "described": described,
            "picture_size": picture_size,
        }
        self._templates.globals["root"] = self.root

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(context), status)

    def not_found(self) -> Response:
        """One page for every link that opens nothing, so that it tells nothing of why."""
        return self.page("not_found.html", 404)

    def not_from_here(self) -> Response:
        return self.page("not_from_here.html", 403)

    def too_many(self, wait_s: int) -> Response:
        """For whoever asks too often; it says when they may again."""
        response = self.page("too_many.html", 429, minutes=-(-wait_s // 60))
        response.headers["Retry-After"] = str(wait_s)
        return response

    def unavailable(self) -> Response:
        return self.page("unavailable.html", 503)

    def gone(self, certificate: Certificate, *, home: str) -> Response:
        """Of a certificate that may not be read any more; it leads to `home`."""
        return self.page("gone.html", 410, certificate=certificate, home=home)

    def preparing(self, *, home: str | None) -> Response:
        """It is not there yet, or not there now; the page looks again by itself."""
        page = self.page("preparing.html", 503, home=home)
        page.headers["Retry-After"] = "5"
        return page


def described(paper: Paper) -> str:
    """The certificate for who does not see its picture."""
    version = paper.version
    on = long_date(version.issued_on, version.locale)
    return f"Certificate: {paper.title}, awarded to {paper.name} on {on} by {version.school}"
