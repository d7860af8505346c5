"""Whether a form was sent from the portal's own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request


def from_this_site(request: Request, portal_url: str) -> bool:
    """False only where the browser says that another site sent the form.

    `Origin: null` is what browsers send from pages with our `Referrer-Policy: no-referrer`, so it says
    nothing against a form; `Sec-Fetch-Site` is the better witness where there is one.
    """
    if site := request.headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    ours = {urlsplit(portal_url).netloc, request.headers.get("host")}
    return origin == "null" or _site_of(origin) in ours


def _site_of(origin: str) -> str | None:
    """None for what no browser says, such as `http://[`: it is nobody's."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
