"""Rewrites a content stream: resources by their new names, what is decoration marked as such, glyphs noted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

from services.rendering.pdf.objects import StrangePdf

# A resource's name is a letter and the number of its object; it stands between spaces, never in a string.
NAME = re.compile(rb"/([A-Z])(\d+)(?= )")
# Marked content: a line that opens it, or closes it.
MARK = re.compile(rb"^(?:/[^\n]*(BDC|BMC)|EMC)$", re.MULTILINE)
PAINTS = re.compile(rb"(?:^|\n)(?:[fFSBbs]\*?|[^\n]* (?:sh|Do)|ET)(?=\n|$)")
FORM = re.compile(rb"^/X(\d+) Do$", re.MULTILINE)
# In each text a font is named and glyphs are shown by hexadecimal codes.
SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|<([0-9A-F]*)> Tj")
# Ways to show text that Skia does not use: nothing shown may be overlooked.
OTHER_TEXT = re.compile(rb"(?:\]\s*TJ|\)\s*(?:Tj|'|\"))(?=\n|$)")


def shown(content: bytes) -> dict[int, bytes]:
    """The glyph codes that the content shows, joined, by the object number of their font."""
    if OTHER_TEXT.search(content):
        raise StrangePdf("text is shown in another way than by hexadecimal strings")
    strings: defaultdict[bytes, list[bytes]] = defaultdict(list)
    font = b""
    for name, codes in SHOWN.findall(content):
        if name:
            font = name
        else:
            strings[font].append(codes)
    if b"" in strings:
        raise StrangePdf("text is shown before its font is named")
    return {int(font): bytes.fromhex(b"".join(codes).decode()) for font, codes in strings.items()}


def renamed(content: bytes, new: Callable[[bytes, int], bytes]) -> bytes:
    """The content with each resource's name as `new(letter, number)` says."""
    return NAME.sub(lambda match: new(match[1], int(match[2])), content)


def with_artifacts(content: bytes, is_tagged: Callable[[int], bool]) -> bytes:
    """What paints and belongs to no tag is decoration: it is marked as an artifact, which readers aloud pass by.

    `is_tagged(form)` says whether a form XObject has tags of its own; these are nobody's decoration.
    """
    parts: list[bytes] = []
    depth = at = 0
    for mark in MARK.finditer(content):
        if mark[1] is not None:
            if depth == 0:
                parts.append(_artifact(content[at : mark.start()], is_tagged))
                at = mark.start()
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                parts.append(content[at : mark.end() + 1])
                at = mark.end() + 1
    if depth:
        raise StrangePdf("marked content is opened and not closed")
    return b"".join([*parts, _artifact(content[at:], is_tagged)])


def _artifact(gap: bytes, is_tagged: Callable[[int], bool]) -> bytes:
    """The untagged lines between two tags, marked, but for the forms in it that have tags themselves."""
    parts, at = [], 0
    for form in FORM.finditer(gap):
        if is_tagged(int(form[1])):
            parts += [_marked(gap[at : form.start()]), form[0] + b"\n"]
            at = form.end() + 1
    return b"".join([*parts, _marked(gap[at:])])


def _marked(lines: bytes) -> bytes:
    if not PAINTS.search(lines):
        return lines
    ending = b"" if lines.endswith(b"\n") else b"\n"
    return b"/Artifact BMC\n" + lines + ending + b"EMC\n"
