"""The spans of a trace, from the click to the mail, for whoever has a collector (`OTEL_EXPORTER_OTLP_ENDPOINT`).

Where there is none nothing of OpenTelemetry is even imported; the trace's id travels all the same, for the logs.
Names of spans and their attributes are of the program's own words: no child's name, no address, no token.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.envelope import continued
from services.kit.telemetry import current_traceparent

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
UNTRACED = ("/healthz", "/readyz", "/metrics", "/static/")

Kind = Literal["SERVER", "CONSUMER", "CLIENT"]

_tracer: Tracer | None = None


def is_wanted() -> bool:
    """By OpenTelemetry's usual variables."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return any(os.environ.get(name) for name in ENDPOINTS)


def start_tracing(service: str) -> None:
    """Send spans from now on, in batches and beside the work; what the collector does not take is dropped."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    global _tracer
    provider = TracerProvider(resource=Resource.create({SERVICE_NAMESPACE: "laurel", SERVICE_NAME: service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("laurel")


@contextmanager
def span(
    name: str, kind: Kind, *, after: str | None = None, also: Sequence[str | None] = (), **attributes: str | int
) -> Iterator[Span | None]:
    """A step of the trace, which is `current_traceparent` meanwhile, so that what is said in it comes after it.

    `after`: the `traceparent` of what led to it; a new trace begins without. `also`: of what led to it besides.
    """
    if _tracer is None:
        current_traceparent.set(continued(after))
        yield None
        return
    from opentelemetry import trace

    links = [trace.Link(trace.get_current_span(_context(each)).get_span_context()) for each in also if each]
    with _tracer.start_as_current_span(
        name,
        context=_context(after),
        kind=trace.SpanKind[kind],
        attributes=dict(attributes),
        links=links,
        # An error's own words may quote a name.
        record_exception=False,
        set_status_on_exception=False,
    ) as step:
        current_traceparent.set(_traceparent(step))
        try:
            yield step
        except Exception as error:
            step.set_attribute("error.type", type(error).__name__)
            step.set_status(trace.StatusCode.ERROR)
            raise


def _context(traceparent: str | None) -> Context:
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent or ""}, Context())


def _traceparent(step: Span) -> str:
    context = step.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


class TracedRequests:
    """Around a service's pages: a trace begins with each request. What its path was is told to nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(UNTRACED):
            await self._app(scope, receive, send)
            return
        with span(scope["method"], "SERVER") as step:
            await self._app(scope, receive, send)
            if step is not None:
                endpoint = getattr(scope.get("endpoint"), "__qualname__", "nowhere")
                step.update_name(f"{scope['method']} {endpoint}")
