"""`python -m tests.bench.stub_renderer`: rendering without Chromium. Every print is the same file.

Commands, store and answers are rendering's own; what is left out is the browser and what it takes to fill a layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from starlette.applications import Starlette

from contracts.catalogue import LAYOUTS, PDF
from contracts.topology import RENDERING_ISSUE
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus, Consumers
from services.kit.service import build_service, run_service
from services.kit.telemetry import Metrics
from services.rendering.answers import Answers
from services.rendering.handlers import IssueHandler
from services.rendering.library import FrozenLayout, Library
from services.rendering.printing.printer import Printer
from services.rendering.settings import RenderingSettings


class StubSettings(RenderingSettings):
    pdf_file: Path


class StubPrinter:
    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf

    async def print(self, frozen: FrozenLayout, fields: Mapping[str, str], *, urgent: bool = False) -> bytes:
        return self._pdf


def build_app(settings: StubSettings) -> Starlette:
    metrics = Metrics()
    bus = Bus("rendering", settings.nats_url, metrics)
    artefacts = Artefacts(settings.artefacts_url)
    library = Library(artefacts)
    answers = Answers(library, artefacts, bus)
    bus.answer(LAYOUTS, answers.layouts)
    bus.answer(PDF, answers.pdf)
    printer = cast("Printer", StubPrinter(settings.pdf_file.read_bytes()))
    bus.consume(RENDERING_ISSUE, IssueHandler(library, printer, artefacts, bus).handle, workers=settings.in_hand)
    return build_service(metrics, parts=[bus, artefacts, Consumers(bus)])


if __name__ == "__main__":
    settings = StubSettings()
    run_service("rendering", build_app(settings), settings)
