"""`python -m services.notification`"""

from __future__ import annotations

from services.kit.service import run_service
from services.notification.app import build_app
from services.notification.settings import NotificationSettings


def main() -> None:
    settings = NotificationSettings()
    run_service("notification", build_app(settings), settings)


if __name__ == "__main__":
    main()
