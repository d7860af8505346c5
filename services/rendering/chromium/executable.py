"""Where Chromium is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class ChromiumMissing(Exception):
    """There is none that may be used. The text says in one line how to get it."""


def find_chromium(configured: Path | str | None = None) -> Path:
    """The executable to print with: the configured one, one on the PATH, or Playwright's own."""
    if configured:
        if Path(configured).is_file():
            return Path(configured)
        raise ChromiumMissing(f"LAUREL_CHROMIUM={configured} is no file: correct it, or unset it to search for one")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return Path(found)
    for executable in _of_playwright():
        return executable
    raise ChromiumMissing(
        "Chromium is missing: run `playwright install chromium-headless-shell`, install a system package"
        " such as `chromium-headless-shell`, or set LAUREL_CHROMIUM to its executable"
    )


def _of_playwright() -> list[Path]:
    """The browsers that `playwright install` fetched; the headless shell and the newest first."""
    places = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    patterns = ("chromium_headless_shell-*/*/*headless[-_]shell", "chromium-*/*/chrome")
    return [
        executable
        for pattern in patterns
        for place in ((Path(chosen),) if chosen else places)
        for executable in sorted(place.glob(pattern), reverse=True)
        if os.access(executable, os.X_OK)
    ]
