"""progression keeps its rules, whatever it is told in whatever order: it says what a model of them says."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from deploy.embedded.process import free_port
from tests.conftest import PASSWORDS, TestDatabase, provisioned
from tests.school import SCHOOL_ID
from tests.service.open_broker import OpenBroker
from tests.service.progression_driven import Driven, FromAThread, progression_driven
from tests.service.progression_machine import ProgressionMachine

EVENTS = {"level_completed", "level_reopened", "level_changed", "issued", "withdrawn", "replaced"}
REFUSALS = {
    "unknown_skill",
    "wrong_value",
    "unknown_progression",
    "already_issued",
    "already_changed",
    "student_moved",
    "no_layout",
    "layout_not_published",
    "notes_not_shown",
    "too_long",
    "still_issuing",
    "withdrawn",
    "nothing_to_withdraw",
    "not_failed",
    "nothing_to_cancel",
    "already_undone",
    "mail_left",
    "completed_since",
}
RARE = 6
"""So many of the refusals may not be met by chance."""
FRESH = int(os.environ.get("LAUREL_SEED", secrets.randbits(32)))
SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@pytest.fixture
async def driven(tmp_path: Path, database: TestDatabase) -> AsyncIterator[Driven]:
    async with (
        provisioned(OpenBroker(tmp_path / "nats", free_port(), PASSWORDS, SCHOOL_ID)) as broker,
        progression_driven(broker, database) as driven,
    ):
        yield driven


@pytest.mark.heavy
async def test_progression_does_what_the_model_does(driven: Driven) -> None:
    """The same examples every time."""
    wanted = settings(SETTINGS, max_examples=70, stateful_step_count=25, derandomize=True, database=None)
    await _told_to_both(_machine(driven), wanted)
    assert set(driven.tally) >= EVENTS
    assert len(REFUSALS & set(driven.tally)) > len(REFUSALS) / 2


@pytest.mark.heavy
@pytest.mark.parametrize("chosen", [FRESH])
async def test_progression_does_what_the_model_does_in_many_fresh_examples(driven: Driven, chosen: int) -> None:
    """A run that failed has its seed in its name: LAUREL_SEED repeats it."""
    wanted = settings(SETTINGS, max_examples=200, stateful_step_count=50, database=None)
    await _told_to_both(seed(chosen)(_machine(driven)), wanted)
    assert set(driven.tally) >= EVENTS
    assert len(REFUSALS & set(driven.tally)) >= len(REFUSALS) - RARE


def _machine(driven: Driven) -> Callable[[], ProgressionMachine]:
    wait_for = FromAThread()
    return lambda: ProgressionMachine(driven, wait_for)


async def _told_to_both(machine: Callable[[], ProgressionMachine], wanted: settings) -> None:
    """Each example makes a machine, and so a school, of its own."""
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=wanted)  # type: ignore[arg-type]
