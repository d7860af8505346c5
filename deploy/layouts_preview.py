"""`laurel layouts preview FOLDER`: a layout as people will see it, with texts that are usual, long and difficult."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

from deploy.layouts import NO_SCHOOL, Say, trial_printer
from services.rendering.layouts import LayoutRefused, Problem, Reading, reading_of
from services.rendering.layouts.pictures import picture_of
from services.rendering.layouts.problems import HTML
from services.rendering.layouts.samples import DIFFICULT, difficult_values, longest_values, sample_values
from services.rendering.library import frozen_as
from services.rendering.refusals import CannotPrint


async def preview_folder(folder: Path, layout_id: str, out: Path, say: Say) -> AsyncGenerator[Path, None]:
    """Each file as it is written: a PDF and a PNG (150 dots an inch) of every variant.

    LayoutRefused for what is wrong with the folder, or, after the others, for variants that cannot be printed.
    """
    say("reading the folder, bringing its images and fonts inside")
    reading = reading_of(folder, layout_id)
    frozen = frozen_as(NO_SCHOOL, layout_id, 1, reading.draft)
    problems: list[Problem] = []
    async with trial_printer() as printer:
        for variant, fields in _variants(reading).items():
            say(f"printing {variant}")
            try:
                content = await printer.print(frozen, fields)
            except CannotPrint as refusal:
                problems.append(Problem(HTML, 0, f"{variant}: {refusal.reason.message}"))
                continue
            for file in _write(content, out / f"{layout_id}-{variant}"):
                yield file
    if problems:
        raise LayoutRefused(layout_id, problems)


def _variants(reading: Reading) -> Mapping[str, Mapping[str, str]]:
    """Its fields, for each variant."""
    fields = reading.draft.fields
    sample = sample_values(fields, reading.samples)
    difficult = {f"difficult-{script}": difficult_values(sample, script) for script in DIFFICULT}
    return {"sample": sample, "longest": longest_values(fields), **difficult}


def _write(content: bytes, file: Path) -> tuple[Path, Path]:
    file.parent.mkdir(parents=True, exist_ok=True)
    pdf, png = file.with_suffix(".pdf"), file.with_suffix(".png")
    pdf.write_bytes(content)
    picture_of(content).save(png)
    return pdf, png
