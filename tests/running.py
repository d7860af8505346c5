"""Run a service's app in the test's own loop, with an HTTP client for its faces, or on a port for a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette

from deploy.embedded.process import free_port
from tests.waiting import eventually


@asynccontextmanager
async def running(app: Starlette, base_url: str = "http://laurel.test") -> AsyncIterator[httpx.AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base_url) as client,
    ):
        yield client


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """The app on a port; its parts run already."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await eventually(started)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        # Streams go on as long as nothing stops.
        app.state.stopping.set()
        await serving
        app.state.stopping.clear()
