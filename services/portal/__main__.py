"""`python -m services.portal`"""

from __future__ import annotations

from services.kit.service import run_service
from services.portal.app import build_app
from services.portal.settings import PortalSettings


def main() -> None:
    settings = PortalSettings()
    run_service("portal", build_app(settings), settings)


if __name__ == "__main__":
    main()
