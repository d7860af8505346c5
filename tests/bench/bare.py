"""`python -m tests.bench.bare`: what a page and a file cost at the least, served as a service is.

The folder has `page` (its bytes), `headers.json`, and in `files` what Starlette serves by its own means.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from services.kit.service import run_service
from services.kit.settings import ServiceSettings


class BareSettings(ServiceSettings):
    bare_folder: Path


def build_app(folder: Path) -> Starlette:
    content = (folder / "page").read_bytes()
    headers = json.loads((folder / "headers.json").read_text())

    async def page(_: Request) -> Response:
        return Response(content, headers=headers)

    async def readyz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    files = StaticFiles(directory=folder / "files")
    app = Starlette(routes=[Route("/share/{token}", page), Mount("/files", files), Route("/readyz", readyz)])
    app.state.stopping = asyncio.Event()
    return app


if __name__ == "__main__":
    settings = BareSettings()
    run_service("bare", build_app(settings.bare_folder), settings)
