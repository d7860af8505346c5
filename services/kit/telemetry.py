"""Logs, metrics and the trace that goes with a message."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from traceback import extract_tb
from types import TracebackType
from typing import Any, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

current_traceparent: ContextVar[str | None] = ContextVar("current_traceparent", default=None)
"""The `traceparent` of the message in hand; what is published while it is in hand continues it."""

STEPS = 8
"""Of an error's way, in the log."""

LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


def configure_logging(service: str, log_format: str, level: str) -> None:
    """One JSON object a line on stderr (or readable lines with `console`). No names, no secrets: ids only."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _with_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        # Looked up each time: whoever runs two programs in one process may have put another in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
    # Libraries log little and only when something is wrong.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_logger_name,
                _with_trace,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _without_its_own_words,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _with_trace(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The id of the trace that the line belongs to, where it belongs to one."""
    traceparent = current_traceparent.get()
    if traceparent is not None:
        line["trace_id"] = traceparent.split("-")[1]
    return line


def _without_its_own_words(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An error that a library logs: its type and its last steps, and not its text, which may quote what was asked."""
    kind, _, steps = line.pop("exc_info", None) or (None, None, None)
    if kind is not None:
        line["error"], line["at"] = kind.__name__, last_steps(steps)
    return line


def last_steps(traceback: TracebackType | None) -> list[str]:
    """To an error, without its own words."""
    return [f"{step.filename}:{step.lineno} {step.name}" for step in extract_tb(traceback)[-STEPS:]]


def get_logger() -> structlog.typing.FilteringBoundLogger:
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())


class Metrics:
    """The figures that every service shows at `/metrics`; a registry of its own for each app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.handled = Counter(
            "laurel_messages_handled",
            "Messages by what became of them (done, retried, dead_lettered, handed_back)",
            ["durable", "outcome"],
            registry=self.registry,
        )
        self.handling_seconds = Histogram(
            "laurel_message_handling_seconds",
            "Time in a handler",
            ["durable"],
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.outbox_lag_seconds = Histogram(
            "laurel_outbox_lag_seconds",
            "From a message's commit to its acknowledgement by the broker",
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.outbox_waiting = Gauge(
            "laurel_outbox_waiting", "Messages committed and not yet published", registry=self.registry
        )
