"""`make bench` works: with tiny numbers, whose values mean nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PRINT = ("render.single_vs_plain_print", 0.5, "lower")
"""It takes the plain loop, a broker and a renderer."""
PAGE, PDF = ("portal.share_page_vs_bare", 0.5, "higher"), ("portal.pdf_vs_static", 0.6, "higher")
FAMILY = ("portal.growth", 1.1, "lower")
PIPELINE = ("scale.pipeline_vs_bare", 0.5, "higher")


@pytest.mark.heavy
@pytest.mark.parametrize(("row", "goal", "better"), [PRINT, PAGE, PDF, FAMILY, PIPELINE])
def test_the_bench_writes_the_row_that_it_was_asked_for(tmp_path: Path, row: str, goal: float, better: str) -> None:
    out = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--out", str(out), "--only", row]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    written = json.loads(out.read_text())
    assert written == {row: {"value": written[row]["value"], "unit": "x", "goal": goal, "better": better}}
    assert written[row]["value"] > 0


@pytest.mark.heavy
def test_a_row_that_needs_containers_says_why_it_has_no_figure_where_there_are_none(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--out", str(out), "--only", "scale.two_renderers"]
    nowhere = {**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/nowhere"}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env=nowhere)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "scale.two_renderers is left out: Docker" in ran.stdout
    assert json.loads(out.read_text()) == {}
