"""Reads a designer's folder: checked, and made one HTML that is complete in itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.rendering.layouts.assets import Assets
from services.rendering.layouts.bounds import MOST_BYTES
from services.rendering.layouts.described import LayoutFile, described
from services.rendering.layouts.drawings import check_drawings
from services.rendering.layouts.fields import check_fields, lines_of_fields, sample_texts
from services.rendering.layouts.markup import Markup
from services.rendering.layouts.problems import HTML, JSON, Findings, LayoutRefused, Problem
from services.rendering.library import LayoutDraft


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder without a problem holds."""

    draft: LayoutDraft
    hints: tuple[Problem, ...]
    """What would be better otherwise."""
    fonts: tuple[str, ...]
    """The full names of the fonts inside."""
    samples: dict[str, str]
    """The text that stands in each field."""
    lines: dict[str, int]
    """Where layout.html shows each field first."""


def draft_of(folder: Path, layout_id: str) -> LayoutDraft:
    """The folder as the layout's next version. LayoutRefused lists what is wrong."""
    return reading_of(folder, layout_id).draft


def reading_of(folder: Path, layout_id: str) -> Reading:
    """The folder, with all that was found out about it. LayoutRefused lists what is wrong."""
    findings = Findings()
    try:
        reading = _read(folder, findings)
    except RecursionError:
        findings.report(HTML, 0).problem("its CSS is nested too deeply: flatten it")
        reading = None
    if findings.problems or reading is None:
        raise LayoutRefused(layout_id, findings.problems)
    return reading


def _read(folder: Path, findings: Findings) -> Reading | None:
    source, text = _text(folder, HTML, findings), _text(folder, JSON, findings)
    about = described(text, findings) if text is not None else None
    if source is None or about is None:
        return None
    assets = Assets(folder, about.page)
    markup = Markup(source, assets, about.page, findings)
    if not markup.is_bearable():
        return None
    check_fields(markup, about.fields, findings, text or "")
    samples, lines = sample_texts(markup), lines_of_fields(markup)
    markup.bring_inside()
    check_drawings(assets, findings)
    hints = tuple(sorted(set(findings.hints)))
    return Reading(_draft(about, markup, findings), hints, tuple(markup.styles.faces.fonts), samples, lines)


def _draft(about: LayoutFile, markup: Markup, findings: Findings) -> LayoutDraft:
    html = markup.html()
    if len(html.encode()) > MOST_BYTES:
        told = f"with its images and fonts it is over {MOST_BYTES:,} bytes: make them fewer or smaller, photos as JPEG"
        findings.report(HTML, 0).problem(told)
    return LayoutDraft(name=about.name, page=about.page, fields=about.fields, html=html)


def _text(folder: Path, file: str, findings: Findings) -> str | None:
    report = findings.report(file, 0)
    try:
        if (folder / file).stat().st_size > MOST_BYTES:
            report.problem(f"it is over {MOST_BYTES:,} bytes: put images and fonts into files of their own")
            return None
        return (folder / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        report.problem(f"it is not there: a layout is a folder with {HTML} and {JSON}")
    except UnicodeDecodeError as error:
        report.problem(f"it is not UTF-8 at byte {error.start}: save it as UTF-8")
    except OSError as error:
        report.problem(f"it cannot be read ({error.strerror}): make it a file that you may read")
    return None
