"""Other programs on the same HTML as the plain loop, where they are installed, each kept warm in one process."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from tests.bench.awards import fields_of
from tests.bench.design import whole_html
from tests.bench.lab import Figures, Lab

WEASYPRINT, WKHTMLTOPDF = "weasyprint", "wkhtmltopdf"
WARM_UP = 2
"""Prints before the clock counts."""
PAPER = "-q --orientation Landscape --page-size A4 -T 0 -B 0 -L 0 -R 0"
LOOP = Path(__file__).with_name("weasyprint_loop.py")


class OtherFailed(Exception):
    """The text is the end of what the other program said."""


async def weasyprint(lab: Lab) -> Figures:
    """`weasyprint_ms`: the median turn. Nothing where there is no `weasyprint` on the PATH."""
    command = shutil.which(WEASYPRINT)
    if command is None:
        return {}
    said = await _run([_interpreter_of(Path(command)), str(LOOP), str(_pages(lab))])
    turns: list[float] = json.loads(said)
    return {"weasyprint_ms": median(turns[WARM_UP:])}


async def wkhtmltopdf(lab: Lab) -> Figures:
    """`wkhtmltopdf_ms`: the mean turn. Nothing where there is no `wkhtmltopdf` on the PATH.

    It starts anew for each file, unless it reads the names from its input: that is its fastest way.
    """
    if shutil.which(WKHTMLTOPDF) is None:
        return {}
    pages = sorted(_pages(lab).glob("*.html"))
    await _convert(pages[:WARM_UP])
    started = time.perf_counter()
    await _convert(pages[WARM_UP:])
    return {"wkhtmltopdf_ms": (time.perf_counter() - started) * 1000 / len(pages[WARM_UP:])}


async def _convert(pages: list[Path]) -> None:
    lines = "".join(f"{PAPER} {page} {page.with_suffix('.pdf')}\n" for page in pages)
    await _run([WKHTMLTOPDF, "--read-args-from-stdin"], lines.encode())
    missing = [page.name for page in pages if not page.with_suffix(".pdf").exists()]
    if missing:
        raise OtherFailed(f"{WKHTMLTOPDF} made no PDF of {' '.join(missing)}")


def _interpreter_of(script: Path) -> str:
    """The Python that a command of a Python package runs in: its first line says so."""
    return script.read_text().splitlines()[0].removeprefix("#!").strip()


def _pages(lab: Lab) -> Path:
    """A folder with one HTML a certificate."""
    folder = Path(mkdtemp(dir=lab.folder))
    for number in range(WARM_UP + lab.sizes.others):
        (folder / f"{number:04}.html").write_text(whole_html(fields_of(number)))
    return folder


async def _run(command: list[str], told: bytes = b"") -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        said, complained = await process.communicate(told)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise OtherFailed(f"{command[0]}: {complained.decode(errors='replace')[-500:]}")
    return said
