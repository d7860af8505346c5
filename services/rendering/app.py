"""How rendering is put together."""

from __future__ import annotations

from prometheus_client import Histogram
from starlette.applications import Starlette

from contracts.catalogue import LAYOUTS, PDF
from contracts.topology import RENDERING_ERASURES, RENDERING_ISSUE
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus, Consumers
from services.kit.service import build_service
from services.kit.telemetry import Metrics
from services.kit.watching import Watching, durables_of
from services.rendering.announcer import Announcer
from services.rendering.answers import Answers
from services.rendering.chromium import Bounds, Chromium, Confinement, find_chromium
from services.rendering.copies import Copies
from services.rendering.erasing import Erasing
from services.rendering.handlers import IssueHandler
from services.rendering.images import Images
from services.rendering.library import Library
from services.rendering.papers import Papers
from services.rendering.printing.checklist import ChecklistPrinter
from services.rendering.printing.printer import Printer
from services.rendering.proofs import Proofs
from services.rendering.settings import ChromiumSettings, RenderingSettings
from services.rendering.workshop import Workshop


def build_app(settings: RenderingSettings) -> Starlette:
    """The service, not started. ChromiumMissing when there is nothing to print with."""
    metrics = Metrics()
    bus = Bus("rendering", settings.nats_url, metrics, settings.nats_ca_file)
    artefacts = Artefacts(settings.artefacts_url)
    library = Library(artefacts)
    chromium = build_chromium(settings)
    together = Histogram(
        "laurel_certificates_printed_together",
        "Certificates in one print",
        buckets=(1, 2, 5, 10, 15),
        registry=metrics.registry,
    )
    printer = Printer(chromium, timeout_s=settings.print_timeout_s, observe=together.observe)
    answers = Answers(library, artefacts, bus)
    papers = Papers(library, printer, ChecklistPrinter(chromium, timeout_s=settings.print_timeout_s))
    workshop = Workshop(library, artefacts, bus, Printer(chromium, timeout_s=settings.print_timeout_s, keep=2))
    issue = IssueHandler(library, printer, artefacts, bus)

    bus.answer(LAYOUTS, answers.layouts)
    bus.answer(PDF, answers.pdf)
    Images(answers, artefacts).answer_on(bus)
    Copies(library, artefacts, Printer(chromium, timeout_s=settings.print_timeout_s, keep=1)).answer_on(bus)
    Proofs(library, printer).answer_on(bus)
    papers.answer_on(bus)
    workshop.answer_on(bus)
    bus.consume(RENDERING_ISSUE, issue.handle, workers=settings.in_hand)
    bus.consume(RENDERING_ERASURES, Erasing(artefacts, bus).erased)
    watching = Watching(durables_of(bus))
    return build_service(metrics, parts=[bus, artefacts, chromium, Announcer(library, bus), Consumers(bus), watching])


def build_chromium(settings: ChromiumSettings) -> Chromium:
    """The browser, not started. ChromiumMissing when there is none."""
    return Chromium(
        find_chromium(settings.chromium),
        Confinement(settings.chromium_user, sandbox=settings.chromium_sandbox == "on"),
        Bounds(settings.chromium_memory_mb, settings.chromium_process_mb),
    )
