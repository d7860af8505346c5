"""The audit, asked of a list of vulnerabilities that the test keeps; the bill of materials, by CycloneDX's schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy import audit, sbom
from deploy.embedded.process import free_port
from deploy.lockfile import LOCK, read
from tests.manifests import install_tools, tool

pytestmark = pytest.mark.heavy

VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
assert error is None, error
"""


@dataclass
class Advisories:
    """Answers as OSV does."""

    known: dict[str, str] = field(default_factory=dict)
    """A vulnerability by its package."""
    broken_for: str = ""
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, package: str) -> tuple[int, dict[str, object]]:
        self.asked.append(package)
        if package == self.broken_for:
            return 500, {}
        if package not in self.known:
            return 200, {}
        changes = [{"introduced": "0"}, {"fixed": "99.9"}]
        affected = {
            "package": {"name": package, "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": changes}],
        }
        one = {"id": self.known[package], "aliases": ["CVE-2020-1"], "summary": "bad", "affected": [affected]}
        return 200, {"vulns": [one | {"modified": "2020-01-01T00:00:00Z", "published": "2020-01-01T00:00:00Z"}]}


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    install_tools()


@pytest.fixture
def advisories(monkeypatch: pytest.MonkeyPatch) -> Iterator[Advisories]:
    kept = Advisories()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = kept.answer(asked["package"]["name"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        kept.url = f"http://127.0.0.1:{server.server_port}/v1/query"
        monkeypatch.setenv(audit.OWN_SOURCE, kept.url)
        yield kept
        server.shutdown()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """The first of the real one."""
    entries = LOCK.read_text().split("\naiosql==")[0]
    file = tmp_path / "some.lock"
    file.write_text(entries + "\n")
    assert [each.name for each in read(file)] == ["aiosmtpd", "aiosmtplib"]
    return file


def test_every_package_is_asked_about_and_nothing_known_is_well(
    advisories: Advisories, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main([]) == audit.CLEAN
    here = {each.name for each in read()} - {"brotlicffi", "colorama", "pywin32"}
    assert here <= set(advisories.asked)
    assert "0 open, 0 known" in capsys.readouterr().out


def test_a_known_vulnerability_is_told_with_its_cure(
    advisories: Advisories, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    advisories.known["aiosmtplib"] = "GHSA-1"
    assert audit.main(["--where-reachable"], [lock]) == audit.FOUND
    told = capsys.readouterr().out
    assert "aiosmtplib" in told
    assert "CVE-2020-1, GHSA-1; cured in 99.9" in told


def test_what_was_accepted_is_open_again_on_its_day(advisories: Advisories, lock: Path) -> None:
    advisories.known["aiosmtplib"] = "GHSA-1"
    _, found = audit.findings(lock, audit.sources()[0])
    today = date(2026, 1, 31)
    until_tomorrow = audit.Accepted("CVE-2020-1", "aiosmtplib", "never called", today + timedelta(days=1))
    assert audit.judged(found, [until_tomorrow], today) == []
    assert audit.judged(found, [until_tomorrow], until_tomorrow.until) == found
    elsewhere = audit.Accepted("CVE-2020-1", "aiosmtpd", "another package's", until_tomorrow.until)
    assert audit.judged(found, [elsewhere], today) == found


def test_a_list_that_fails_half_way_is_no_good_news(
    advisories: Advisories, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    advisories.broken_for = "aiosmtplib"
    assert audit.main([], [lock]) == audit.NOT_DONE
    assert "NOT DONE" in capsys.readouterr().out


def test_a_list_that_nobody_can_reach_is_said_to_be_so(
    monkeypatch: pytest.MonkeyPatch, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(audit.OWN_SOURCE, f"http://127.0.0.1:{free_port()}/v1/query")
    assert audit.main([], [lock]) == audit.NOT_DONE
    assert audit.main(["--where-reachable"], [lock]) == audit.CLEAN
    assert capsys.readouterr().out.count("NOT DONE") == 2


def test_what_is_accepted_has_a_reason_and_a_day() -> None:
    for each in audit.accepted():
        assert len(each.reason) > 20
        assert isinstance(each.until, date)


def test_the_bill_names_every_package_and_what_it_wants(tmp_path: Path) -> None:
    bill = sbom.bill()
    text = json.dumps(bill)
    tool("python", "-c", VALIDATE, given=text)
    with pytest.raises(AssertionError):
        tool("python", "-c", VALIDATE, given=text.replace('"components"', '"parts"'))
    assert sbom.bill() == bill, "the same lock, the same bill"

    names = {each["bom-ref"]: each["name"] for each in bill["components"]}
    assert set(names.values()) == {each.name for each in read()}
    assert all(each["licenses"] and each["purl"].startswith("pkg:pypi/") for each in bill["components"])
    wants = {
        names.get(each["ref"], "laurel"): {names[ref] for ref in each["dependsOn"]} for each in bill["dependencies"]
    }
    assert {"starlette", "pydantic", "pytest"} <= wants["laurel"]
    assert "typing-inspection" in wants["pydantic"]
    assert "anyio" in wants["starlette"]
