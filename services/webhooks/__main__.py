"""`python -m services.webhooks`"""

from __future__ import annotations

from services.kit.service import run_service
from services.webhooks.app import build_app
from services.webhooks.settings import WebhookSettings


def main() -> None:
    settings = WebhookSettings()
    run_service("webhooks", build_app(settings), settings)


if __name__ == "__main__":
    main()
