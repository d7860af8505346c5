"""One Chromium, kept alive and shut in."""

from services.rendering.chromium.confinement import ChromiumNotShutIn, Confinement
from services.rendering.chromium.executable import ChromiumMissing, find_chromium
from services.rendering.chromium.supervisor import BrowserGone, Chromium
from services.rendering.chromium.watch import Bounds

__all__ = [
    "Bounds",
    "BrowserGone",
    "Chromium",
    "ChromiumMissing",
    "ChromiumNotShutIn",
    "Confinement",
    "find_chromium",
]
