"""`python -m services.rendering`"""

from __future__ import annotations

from services.kit.service import run_service
from services.rendering.app import build_app
from services.rendering.chromium import ChromiumMissing
from services.rendering.settings import RenderingSettings


def main() -> None:
    settings = RenderingSettings()
    try:
        app = build_app(settings)
    except ChromiumMissing as missing:
        raise SystemExit(str(missing)) from missing
    run_service("rendering", app, settings)


if __name__ == "__main__":
    main()
