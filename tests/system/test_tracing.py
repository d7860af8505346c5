"""One trace from the click to the mail, as a collector gets it."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
from playwright.async_api import Browser, Page, expect

from tests.school import SchoolSystem
from tests.system.conftest import StackProcess
from tests.system.households import Household, plain_text
from tests.system.test_help_article import browser, mark_everything, untick_all_but
from tests.waiting import eventually

pytestmark = pytest.mark.heavy

__all__ = ["browser"]

STEPS = (
    "progression-certificates",
    "rendering-issue",
    "progression-renderings",
    "portal-certificates",
    "notification-published",
)
LAST_STEP = "notification-digest"


@dataclass(frozen=True)
class Step:
    trace_id: str
    span_id: str
    after: str
    service: str
    name: str


@dataclass
class Collector:
    """An OTLP endpoint over HTTP, and what it was sent."""

    requests: list[ExportTraceServiceRequest] = field(default_factory=list)

    def steps(self) -> list[Step]:
        return [
            Step(span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), service_of(resource), span.name)
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def all_that_it_says(self) -> str:
        return json.dumps([json.loads(MessageToJson(request)) for request in self.requests], ensure_ascii=False)


def service_of(resource: ResourceSpans) -> str:
    return next(str(each.value.string_value) for each in resource.resource.attributes if each.key == "service.name")


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    collector = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
    yield collector
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def traced_stack(collector: Collector, tmp_path: Path) -> Iterator[StackProcess]:
    running = StackProcess(tmp_path / "home", seed="demo")
    try:
        running.until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture
async def traced_household(traced_stack: StackProcess) -> AsyncIterator[Household]:
    endpoints = traced_stack.endpoints
    school = await SchoolSystem.connect(endpoints.nats, endpoints.school)
    household = Household(school, traced_stack.home.mail)
    await household.settle()
    yield household
    await school.close()


@pytest.fixture
async def office(browser: Browser, traced_stack: StackProcess) -> Page:
    endpoints = traced_stack.endpoints
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    await page.goto(endpoints.staff)
    await page.get_by_label("Username").fill(endpoints.staff_user)
    await page.get_by_label("Password").fill(endpoints.staff_password)
    await page.get_by_role("button", name="Sign in").click()
    return page


async def test_one_trace_leads_from_the_click_to_the_mail_and_names_nobody(
    office: Page, traced_household: Household, traced_stack: StackProcess, collector: Collector
) -> None:
    await traced_household.add_student("Aroha", "Ngāta")
    await mark_everything(office, traced_household, ["Aroha Ngāta"])
    await office.get_by_role("link", name="View All Pending Progressions").click()
    for region in ("Certificates to be Issued", "Level Progressions / Changes to be Actioned"):
        await untick_all_but(office.get_by_role("region", name=region), "Aroha Ngāta")
    for _ in range(2):
        await office.get_by_role("button", name="Start Certificate Generation").click()
    await expect(office.get_by_text("1 of 1 certificate done")).to_be_visible(timeout=60_000)
    address = traced_household.addresses[0]
    assert "Aroha Ngāta" in plain_text(await traced_household.mail(address))

    async def trace_of_the_mail() -> list[Step]:
        """Once every step of it has been told of, which each service does for itself."""
        steps = collector.steps()
        mailed = {step.trace_id for step in steps if step.name == LAST_STEP}
        trace = [step for step in steps if step.trace_id in mailed]
        is_whole = {step.name for step in trace} >= {*STEPS, LAST_STEP} and any(not step.after for step in trace)
        return trace if is_whole else []

    trace = await eventually(trace_of_the_mail)
    assert len({step.trace_id for step in trace}) == 1
    [click] = [step for step in trace if not step.after]
    assert click.service == "staff"
    assert click.name.startswith("POST ")
    # Each step came after another of the trace.
    assert {step.after for step in trace} - {""} <= {step.span_id for step in trace}

    everything = collector.all_that_it_says()
    for name in ("Aroha", "Ngāta", address, "/share/", "/family/"):
        assert name not in everything
    lines = map(json.loads, (traced_stack.home.logs / "rendering.log").read_text().splitlines())
    assert click.trace_id in [line.get("trace_id") for line in lines if line["event"] == "rendered"]
