"""What wakes somebody, and what they read then: alerts, dashboards and their pages, held against the services."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from contracts.permissions import SERVICES
from deploy.ports import ports
from tests.printed import preparations
from tests.system.conftest import StackProcess
from tests.system.households import Household

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
METRIC = re.compile(r"\b(laurel_[a-z_]+)(?:\{([^}]*)\})?")
LABEL = re.compile(r"([a-z_]+)\s*[=!]")
SHOWN = re.compile(r"^(laurel_[a-z_]+)(?:\{([^}]*)\})? ", re.MULTILINE)


def rules() -> list[dict[str, Any]]:
    return [
        rule for group in yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
    ]


def dashboards() -> dict[str, Any]:
    return {path.name: json.loads(path.read_text()) for path in sorted((MONITORING / "dashboards").glob("*.json"))}


def queries() -> list[str]:
    shown = [
        target["expr"] for board in dashboards().values() for panel in board["panels"] for target in panel["targets"]
    ]
    return [*(rule["expr"] for rule in rules()), *shown]


@pytest.fixture(scope="module")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of Debian's prometheus; taken out of the package where it is not installed, so that no server is started."""
    if installed := shutil.which("promtool"):
        return installed
    if not shutil.which("apt-get"):
        pytest.skip("promtool is not here: install prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    folder.chmod(0o777)
    for command in (["apt-get", "update", "-qq"], ["apt-get", "download", "-qq", "prometheus"]):
        subprocess.run(command, cwd=folder, check=os.geteuid() == 0 or "update" not in command, capture_output=True)
    [package] = folder.glob("prometheus_*.deb")
    subprocess.run(["dpkg-deb", "--extract", package, folder / "unpacked"], check=True)
    return str(folder / "unpacked" / "usr" / "bin" / "promtool")


@pytest.fixture
async def shown(stack: StackProcess, household: Household) -> dict[str, set[str]]:
    """The metrics of all services, each with its labels, once a certificate has gone through."""
    progression_id = await household.complete(await household.add_student("Aroha", "Ngāta"))
    body = {
        "run_id": f"run-{household.key}",
        "requested_by": "Office",
        "issue_date": "2026-11-25",
        "certificates": [{"progression_id": progression_id}],
        "level_changes": [progression_id],
    }
    await household.school.command("certificates.cmd.start_generation", body)
    await household.mail(household.addresses[0])
    async with httpx.AsyncClient() as web:
        pages = [(await web.get(f"http://127.0.0.1:{ports(stack.home)[name]}/metrics")).text for name in SERVICES]
    found: dict[str, set[str]] = {}
    for name, labels in SHOWN.findall("\n".join(pages)):
        found.setdefault(name, set()).update(LABEL.findall(labels))
    return found


async def test_whatever_an_alert_or_a_dashboard_asks_for_is_what_the_services_show(shown: dict[str, set[str]]) -> None:
    asked = [found for query in queries() for found in METRIC.findall(query)]
    assert asked
    for name, labels in asked:
        assert name in shown
        assert set(LABEL.findall(labels)) <= shown[name], name
    for query in queries():
        # What is grouped by comes from Prometheus itself, or from the metric.
        of_these = set().union(*(shown[name] for name, _ in METRIC.findall(query)), {"instance", "job", "le"})
        for by in re.findall(r"(?:by|on) \(([^)]*)\)", query):
            assert {label.strip() for label in by.split(",")} <= of_these, query


async def test_the_table_of_metrics_tells_of_all_that_is_shown_and_of_nothing_else(shown: dict[str, set[str]]) -> None:
    table = [line for line in OPERATIONS.splitlines() if line.startswith("| `laurel_")]
    told = {name for line in table for name, _ in METRIC.findall(line.split("|")[1])}
    parts = re.compile(r"_(bucket|count|sum|created)$")
    assert told == {parts.sub("", name) for name in shown if not name.endswith("_created")}


async def test_every_line_of_every_log_is_one_json_object_and_names_nobody(
    shown: dict[str, set[str]], stack: StackProcess, household: Household
) -> None:
    assert shown
    lines = [line for name in SERVICES for line in (stack.home.logs / f"{name}.log").read_text().splitlines()]
    assert {"event", "level", "service", "timestamp"} <= set.intersection(*(set(json.loads(line)) for line in lines))
    for said in ("Aroha", "Ngāta", *household.addresses):
        assert said not in "\n".join(lines)


LIBRARY = """
import logging
from services.kit.telemetry import configure_logging

configure_logging("portal", "json", "INFO")
try:
    raise ValueError("of Aroha")
except ValueError:
    logging.getLogger("some.library").exception("a task failed")
"""


def test_a_line_of_a_library_is_like_ours_and_says_where_it_failed_and_not_what_was_asked() -> None:
    ran = subprocess.run([sys.executable, "-c", LIBRARY], cwd=ROOT, capture_output=True, text=True, check=True)
    [line] = map(json.loads, ran.stderr.splitlines())
    assert (line["event"], line["logger"], line["service"]) == ("a task failed", "some.library", "portal")
    assert (line["level"], line["error"]) == ("error", "ValueError")
    assert line["at"]
    assert "Aroha" not in ran.stderr


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    alerts = {rule["alert"]: rule["annotations"]["runbook"] for rule in rules()}
    section = OPERATIONS.split("## The alerts")[1].split("\n## ")[0]
    assert set(alerts) == set(re.findall(r"^### (\w+)$", section, re.MULTILINE))
    assert all(page == f"docs/operations.md#{alert.lower()}" for alert, page in alerts.items())


def test_every_alert_is_seen_to_fire_and_not_to_fire(promtool: str) -> None:
    for check in (["check", "config", "prometheus.yaml"], ["test", "rules", "alerts_test.yaml"]):
        ran = subprocess.run([promtool, *check], cwd=MONITORING, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    tried: dict[str, list[bool]] = {}
    for test in yaml.safe_load((MONITORING / "alerts_test.yaml").read_text())["tests"]:
        for alert in test["alert_rule_test"]:
            tried.setdefault(alert["alertname"], []).append(bool(alert["exp_alerts"]))
    assert {name: sorted(seen) for name, seen in tried.items()} == {rule["alert"]: [False, True] for rule in rules()}


def test_every_query_of_a_dashboard_can_be_read(promtool: str, tmp_path: Path) -> None:
    read = [{"record": f"q:{number}", "expr": query} for number, query in enumerate(queries())]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": read}]}))
    ran = subprocess.run([promtool, "check", "rules", "queries.yaml"], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_printed_commands_do_what_the_page_says(stack: StackProcess) -> None:
    ran = [run_as_printed(command, stack) for command in preparations("operations.md")]
    assert len(ran) == 2
    assert [each.returncode for each in ran] == [0] * len(ran), ran
    assert all(each.stdout for each in ran)


def run_as_printed(command: str, stack: StackProcess) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "LAUREL_HOME": str(stack.home.folder)}
    return subprocess.run(command, shell=True, cwd=ROOT, env=told, capture_output=True, text=True, timeout=60)
