"""`make bench` works: with tiny numbers, whose values mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROW = "render.single_vs_plain_print"
"""It takes the plain loop, a broker and a renderer."""


@pytest.mark.heavy
def test_the_bench_writes_the_row_that_it_was_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--out", str(out), "--only", ROW]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    written = json.loads(out.read_text())
    assert written == {ROW: {"value": written[ROW]["value"], "unit": "x", "goal": 0.5, "better": "lower"}}
    assert written[ROW]["value"] > 0
