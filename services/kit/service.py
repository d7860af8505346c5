"""A service as an ASGI app: its parts started in order and stopped in reverse, with health and metrics."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import FrameType
from typing import Protocol

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from services.kit.settings import ServiceSettings
from services.kit.telemetry import Metrics, configure_logging, get_logger
from services.kit.tracing import TracedRequests, is_wanted, start_tracing

READY_TIMEOUT_S = 3.0


class Part(Protocol):
    """Something that runs as long as the service does."""

    name: str

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ready(self) -> bool: ...


def build_service(
    metrics: Metrics,
    parts: Sequence[Part],
    routes: Sequence[BaseRoute] = (),
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """The service's app: its own routes, `/healthz`, `/readyz` and `/metrics`.

    `app.state.stopping` is set as soon as it is to stop: who holds an answer open lets go of it then.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            for part in parts:
                await part.start()
                running.push_async_callback(part.stop)
            get_logger().info("started")
            yield
            get_logger().info("stopping")

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    ready = Gauge(
        "laurel_part_ready",
        "Whether a part of the service can do its work",
        ["part"],
        registry=metrics.registry,
    )

    async def readiness() -> dict[str, bool]:
        states = await asyncio.gather(*(_is_ready(part) for part in parts))
        report = {part.name: state for part, state in zip(parts, states, strict=True)}
        for name, state in report.items():
            ready.labels(name).set(state)
        return report

    async def readyz(_: Request) -> Response:
        report = await readiness()
        return JSONResponse(report, status_code=200 if all(report.values()) else 503)

    async def show_metrics(_: Request) -> Response:
        # A service that waits for its Postgres answers all the same: whoever watches is to see that it cannot work.
        await readiness()
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    plumbing = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", show_metrics)]
    app = Starlette(routes=[*plumbing, *routes], middleware=list(middleware), lifespan=lifespan)
    app.state.stopping = asyncio.Event()
    return app


async def _is_ready(part: Part) -> bool:
    try:
        return await asyncio.wait_for(part.ready(), READY_TIMEOUT_S)
    except Exception:
        return False


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop gracefully once started; while still waiting for a server to appear, there is nothing to finish."""
        super().handle_exit(sig, frame)
        if not self.started:
            raise SystemExit(0)
        self._stopping.set()


def run_service(name: str, app: Starlette, settings: ServiceSettings) -> None:
    """Serve until SIGTERM or SIGINT, finish or hand back what is in hand, and exit 0."""
    configure_logging(name, settings.log_format, settings.log_level)
    # uvicorn stops gracefully at the signal, then raises it again; by then there is nothing left to do.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: None)
    if is_wanted():
        start_tracing(name)
    config = uvicorn.Config(
        TracedRequests(app) if is_wanted() else app,
        host=settings.http_host,
        port=settings.http_port,
        ssl_certfile=settings.http_cert_file,
        ssl_keyfile=settings.http_key_file,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    server = Server(config, app.state.stopping)
    # What was imported stays: whoever looks for garbage need not go through it time and again.
    gc.collect()
    gc.freeze()
    server.run()
    if not server.started:
        raise SystemExit(1)
