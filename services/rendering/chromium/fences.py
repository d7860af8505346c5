"""The fences around a page, inside Chromium. What stands around Chromium itself is in `confinement`."""

from __future__ import annotations

from playwright.async_api import Browser, BrowserContext

# No single fence holds (a proxy misses WebRTC, resolver rules miss addresses, CSP misses a refresh), so all stand:
# these, JavaScript switched off, and the content policy that every page begins with.
ARGUMENTS = (
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-extensions",
    # The same glyph positions on every machine.
    "--font-render-hinting=none",
)

# Nobody looks at the screen: a small one saves a third of the time of a print.
WIDTH = HEIGHT = 64


async def fenced_context(browser: Browser) -> BrowserContext:
    """Where pages run no script and are offline."""
    return await browser.new_context(
        java_script_enabled=False,
        service_workers="block",
        accept_downloads=False,
        offline=True,
        viewport={"width": WIDTH, "height": HEIGHT},
    )
