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
QUICK = "broker-wiped"
"""It loses all that is on its way."""
FEW, MORE = 20, 60


async def is_survived(name: str, folder: Path, seed: str, certificates: int) -> None:
    outcome = await carry_out(BY_NAME[name], folder, seed, certificates)
    assert is_green(outcome), what_is_wrong(outcome)


@pytest.mark.parametrize("seed", [FRESH])
async def test_a_run_ends_with_everything_issued_once(seed: str, tmp_path: Path) -> None:
    await is_survived(QUICK, tmp_path / "home", seed, FEW)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", [FRESH])
@pytest.mark.parametrize("name", BY_NAME)
async def test_whatever_breaks_a_run_ends_with_everything_issued_once(name: str, seed: str, tmp_path: Path) -> None:
    await is_survived(name, tmp_path / "home", seed, MORE)
