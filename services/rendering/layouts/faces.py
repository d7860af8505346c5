"""`@font-face`: the font that it means is brought inside the layout."""

from __future__ import annotations

from typing import Any

import tinycss2
from tinycss2.ast import LiteralToken, URLToken

from services.rendering.layouts.assets import Assets, BadReference, data_uri
from services.rendering.layouts.declarations import split_at_commas, words
from services.rendering.layouts.fonts import BadFont, Font, packed
from services.rendering.layouts.installed import can_look, installed_font
from services.rendering.layouts.problems import Report


class Faces:
    """The fonts of one layout."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self.families: dict[str, tuple[Report, int]] = {}
        """Each family that is declared, in small letters, with where that is."""
        self.fonts: dict[str, Font] = {}
        """By full name."""

    def bring_inside(self, block: Any, report: Report) -> None:
        """Put the first font of `src` that there is into the block of an `@font-face`, in place of the whole `src`."""
        descriptors = _descriptors(block)
        line = block.source_line
        family, src = descriptors.get("font-family"), descriptors.get("src")
        if family is None or src is None:
            report.problem("@font-face says font-family and src: add what is missing", line)
            return
        self.families.setdefault(words(family.value).casefold(), (report, line))
        try:
            font = self._first(src)
        except (BadReference, BadFont) as problem:
            report.problem(str(problem), src.source_line)
            return
        self.fonts[font.name] = font
        _tell_what_it_lacks(font, report, src.source_line)
        src.value = [_url(src, data_uri("font/woff", font.content))]
        block.content = [part for one in descriptors.values() for part in (one, _semicolon(one))]

    def _first(self, src: Any) -> Font:
        """The first font that there is. A file that is named has to be there; an installed font may be missing."""
        sources = [_source(item) for item in split_at_commas(src.value)]
        # All of them are looked at, so that a wrong name is told even where an earlier font is found.
        files = {address: self._assets.font(address) for kind, address in sources if kind == "url"}
        for kind, name in sources:
            if kind == "url":
                return _named(name, files[name])
            installed = installed_font(name) if kind == "local" else None
            if installed is not None:
                return _named(name, installed.file.read_bytes(), installed.index)
        raise BadReference(_none_of([name for kind, name in sources if kind == "local"]))


def _descriptors(block: Any) -> dict[str, Any]:
    """The last of each name counts, as in CSS."""
    return {
        declaration.lower_name: declaration
        for declaration in tinycss2.parse_blocks_contents(block.content, skip_comments=True, skip_whitespace=True)
        if declaration.type == "declaration"
    }


def _source(item: list[Any]) -> tuple[str, str]:
    """`local` or `url`, and what it names."""
    first = item[0] if item else None
    if first is not None and first.type == "url":
        return "url", first.value
    if first is not None and first.type == "function" and first.lower_name in {"local", "url"}:
        return first.lower_name, words(first.arguments)
    raise BadReference("src lists local(…) and url(…): correct it")


def _named(name: str, content: bytes, index: int = 0) -> Font:
    try:
        return packed(content, index)
    except BadFont as problem:
        raise BadFont(f"{name if len(name) < 100 else 'the font'} {problem}") from problem


def _none_of(names: list[str]) -> str:
    if not names:
        return "src names no font: write url(fonts/…) or local(…)"
    quoted = ", ".join(f'"{name}"' for name in names)
    looked = "is installed on this machine" if can_look() else "can be looked for without fontconfig: install that, or"
    return (
        f"none of {quoted} {looked}: install one of them, or put the file into the folder and write src: url(fonts/…)"
    )


def _tell_what_it_lacks(font: Font, report: Report, line: int) -> None:
    if font.lacks:
        lacks = " ".join(font.lacks[:12]) + (" …" if len(font.lacks) > 12 else "")
        report.hint(f"{font.name} has no {lacks}: in a name, such letters will look as if from another hand", line)
    if font.is_variable:
        report.hint(f"{font.name} is variable, which Chromium prints letter by letter: a static font is smaller", line)


def _url(at: Any, address: str) -> URLToken:
    return URLToken(at.source_line, at.source_column, address, f'url("{address}")')


def _semicolon(at: Any) -> LiteralToken:
    return LiteralToken(at.source_line, at.source_column, ";")
