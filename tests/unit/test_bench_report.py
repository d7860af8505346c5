"""What the bench makes of its rounds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.report import results_of, write_json
from tests.bench.rows import CONTENDERS, FIGURES, ROWS, Row

THROUGHPUT = next(row for row in ROWS if row.name == "render.throughput_vs_plain_loop")
GROWTH = next(row for row in ROWS if row.name == "render.memory_growth")


def test_a_value_is_the_median_of_ratios_within_one_round() -> None:
    rounds = [{"two_per_s": per_s, "plain_ms": ms} for per_s, ms in ((100.0, 60.0), (50.0, 200.0), (300.0, 40.0))]
    [result] = results_of([THROUGHPUT], rounds)
    # The ratio of the medians would be 6.
    assert result.values == (6, 10, 12)
    assert result.value == 10


def test_a_goal_is_met_from_above_or_from_below() -> None:
    assert THROUGHPUT.met_by(10)
    assert not THROUGHPUT.met_by(9.99)
    assert GROWTH.met_by(1.1)
    assert not GROWTH.met_by(1.11)


def test_a_row_is_left_out_when_a_round_could_not_measure_it() -> None:
    measured = {"two_per_s": 100.0, "plain_ms": 60.0}
    assert [result.row for result in results_of(ROWS, [measured, measured])] == [THROUGHPUT]
    assert results_of([THROUGHPUT], [measured, {"plain_ms": 60.0}]) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_somebody_measures_every_figure_that_a_row_needs(row: Row) -> None:
    given = frozenset[str]().union(*(contender.gives for contender in CONTENDERS))
    assert row.needs <= given == FIGURES.keys()


def test_the_file_has_a_value_a_unit_a_goal_and_a_direction(tmp_path: Path) -> None:
    write_json(results_of([GROWTH], [{"few_mb": 500, "many_mb": 525}]), tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text()) == {
        "render.memory_growth": {"value": 1.05, "unit": "x", "goal": 1.1, "better": "lower"}
    }
