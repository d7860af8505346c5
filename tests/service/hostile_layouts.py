"""Layouts that try to reach something: what each says, and what makes an unfenced browser fall for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.rendering import LayoutField, Page
from services.rendering.library import FrozenLayout, LayoutDraft, frozen_as
from tests.school import SCHOOL_ID

OWN_TEXT = "For learning to float"
PAGE = Page(size="A5", orientation="portrait")


def html_with(body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><title>Award</title><style>@page { size: A5; margin: 0 }</style></head>'
        f'<body><p>{OWN_TEXT}</p><p data-field="title">Penguin</p>{body}</body></html>'
    )


def unchecked(html: str) -> FrozenLayout:
    """A layout as if it had got past every check."""
    draft = LayoutDraft(name="Hostile", page=PAGE, fields=(LayoutField(name="title"),), html=html)
    return frozen_as(SCHOOL_ID, "hostile", 1, draft)


HARMLESS = unchecked(html_with(""))


@dataclass(frozen=True, slots=True)
class Attempt:
    body: str
    """`{url}` is the canary, `{file}` a file with the secret in it."""
    at: Literal["nowhere", "server", "disk"] = "nowhere"
    """Where the page must come from for the attempt to work: some need an origin, some a `file:` address."""
    click: str = ""
    """What has to be clicked."""
    reaches: Literal["a request", "a datagram", "the secret", "nothing"] = "a request"
    """What comes of it without a fence: it is seen by the canary or on the paper, or (see the comment) not at all."""


def script(code: str) -> Attempt:
    return Attempt(f"<script>{code}</script>", at="server")


PICTURE_WITHIN = '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/a.svg"/></svg>'
RTC = (
    'const peer = new RTCPeerConnection({{iceServers: [{{urls: "stun:" + "{url}".slice(7)}}]}});'
    ' peer.createDataChannel("x"); peer.createOffer().then((offer) => peer.setLocalDescription(offer))'
)
RULES = '{{"prefetch": [{{"source": "list", "urls": ["{url}/a.html"], "eagerness": "immediate"}}]}}'
FAR_FONT = "@font-face {{ font-family: far; src: url({url}/a.woff2) }} p {{ font-family: far }}"


ATTEMPTS = {
    "image": Attempt('<img alt="" src="{url}/a.svg">'),
    "image by size": Attempt('<img alt="" srcset="{url}/a.svg 1x, {url}/b.svg 2x">'),
    "image of an input": Attempt('<input type="image" alt="" src="{url}/a.svg">'),
    "background of the body": Attempt('<table background="{url}/a.svg"><td>x</table>'),
    "stylesheet": Attempt('<link rel="stylesheet" href="{url}/a.css">'),
    "font": Attempt(f"<style>{FAR_FONT}</style>"),
    "iframe": Attempt('<iframe src="{url}/a.html"></iframe>'),
    "iframe with its own source": Attempt('<iframe srcdoc="<img src={url}/a.svg>"></iframe>'),
    "frame": Attempt("<iframe src=\"javascript:location='{url}/a.html'\"></iframe>", at="server"),
    "object": Attempt('<object data="{url}/a.svg"></object>'),
    "embed": Attempt('<embed src="{url}/a.svg">'),
    "video": Attempt('<video src="{url}/a.webm" autoplay muted></video>'),
    "poster": Attempt('<video poster="{url}/a.svg"></video>'),
    "audio": Attempt('<audio src="{url}/a.ogg" preload="auto"></audio>'),
    "form": Attempt('<form action="{url}/form"><button id="send">Send</button></form>', click="#send"),
    "meta refresh": Attempt('<meta http-equiv="refresh" content="0;url={url}/a.html">'),
    "link": Attempt('<a id="go" autofocus href="{url}/a.html">Go</a>', click="#go"),
    "base": Attempt('<base href="{url}/"><img alt="" src="a.svg">'),
    "icon": Attempt('<link rel="preload" as="image" href="{url}/a.svg">'),
    "prefetch": Attempt('<link rel="prefetch" href="{url}/a.html">', at="server"),
    "module": Attempt('<link rel="modulepreload" href="{url}/a.js">', at="server"),
    # The headless shell heeds neither of these two hints; a full Chrome does.
    "preconnect": Attempt('<link rel="preconnect" href="{url}">', at="server", reaches="nothing"),
    "prerender": Attempt('<link rel="prerender" href="{url}/a.html">', at="server", reaches="nothing"),
    "speculation rules": Attempt(f'<script type="speculationrules">{RULES}</script>', at="server"),
    "beacon": script('navigator.sendBeacon("{url}/beacon", "x")'),
    "fetch": script('fetch("{url}/fetch")'),
    "script": Attempt('<script src="{url}/a.js"></script>'),
    "script of an image": Attempt('<img alt="" src="x:" onerror="fetch(\'{url}/onerror\')">'),
    "ping": Attempt('<a id="go" ping="{url}/ping" href="#here">Go</a>', at="server", click="#go"),
    "WebSocket": script('new WebSocket("{url}/socket".replace("http", "ws"))'),
    "WebRTC": Attempt(f"<script>{RTC}</script>", at="server", reaches="a datagram"),
    "service worker": script('navigator.serviceWorker.register("{url}/worker.js")'),
    "SVG use": Attempt('<svg><use href="{url}/a.svg#x"/></svg>', at="server"),
    "SVG image": Attempt('<svg><image href="{url}/a.svg" width="9" height="9"/></svg>'),
    "SVG filter": Attempt(
        '<svg><filter id="f"><feImage href="{url}/a.svg"/></filter><rect width="9" height="9" filter="url(#f)"/></svg>'
    ),
    # A picture fetches nothing in any browser.
    "SVG in an image": Attempt(f"<img alt=\"\" src='data:image/svg+xml,{PICTURE_WITHIN}'>", reaches="nothing"),
    "CSS import": Attempt("<style>@import '{url}/a.css';</style>"),
    "CSS url": Attempt("<p style=\"background: url('{url}/a.svg')\">x</p>"),
    "CSS content": Attempt("<style>p::after {{ content: url('{url}/a.svg') }}</style>"),
    "CSS mask": Attempt("<p style=\"mask-image: url('{url}/a.svg')\">x</p>"),
    "CSS filter": Attempt("<p style=\"filter: url('{url}/a.svg#x')\">x</p>", at="server"),
    "CSS image set": Attempt("<p style=\"background: image-set('{url}/a.svg' 1x)\">x</p>"),
    # No browser knows it.
    "XInclude": Attempt(
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}/a.html"/>', reaches="nothing"
    ),
    "data with HTML inside": Attempt('<iframe src="data:text/html,<img src={url}/a.svg>"></iframe>'),
    "object of data with HTML inside": Attempt('<object data="data:text/html,<img src={url}/a.svg>"></object>'),
    "shadow root": Attempt('<div><template shadowrootmode="open"><img alt="" src="{url}/a.svg"></template></div>'),
    "redirect": Attempt('<img alt="" src="{url}/redirect">'),
    "redirect of a frame": Attempt('<iframe src="{url}/redirect"></iframe>'),
    "redirect of a refresh": Attempt('<meta http-equiv="refresh" content="0;url={url}/redirect">'),
    "file in an iframe": Attempt('<iframe src="{file}"></iframe>', at="disk", reaches="the secret"),
    "file in an object": Attempt('<object data="{file}" type="text/html"></object>', at="disk", reaches="the secret"),
    "file in an embed": Attempt('<embed src="{file}" type="text/html">', at="disk", reaches="the secret"),
    "file by refresh": Attempt('<meta http-equiv="refresh" content="0;url={file}">', at="disk", reaches="the secret"),
    "file by link": Attempt('<a id="go" href="{file}">Go</a>', at="disk", click="#go", reaches="the secret"),
}
