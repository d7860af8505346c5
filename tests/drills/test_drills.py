"""The drills with few certificates, as a part of the suite. `make drills` is the whole of them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from tests.drills.drill import carry_out
from tests.drills.drills import BY_NAME
from tests.drills.report import is_green, what_is_wrong

FRESH = os.environ.get("LAUREL_SEED", secrets.token_hex(4))
"""A drill that failed has it in its name: LAUREL_SEED repeats it."""
FEW = 60


@pytest.mark.heavy
@pytest.mark.parametrize("seed", [FRESH])
@pytest.mark.parametrize("name", BY_NAME)
async def test_whatever_breaks_a_run_ends_with_everything_issued_once(name: str, seed: str, tmp_path: Path) -> None:
    outcome = await carry_out(BY_NAME[name], tmp_path / "home", seed, FEW)
    assert is_green(outcome), what_is_wrong(outcome)
