"""`python -m deploy.inbox`"""

from __future__ import annotations

from deploy.inbox.app import build_app
from deploy.inbox.settings import InboxSettings
from services.kit.service import run_service


def main() -> None:
    settings = InboxSettings()
    run_service("inbox", build_app(settings), settings)


if __name__ == "__main__":
    main()
