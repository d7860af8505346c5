"""What a school has said after an award: words with placeholders, checked when they are saved. Pure.

A template is taken apart, never run: there is nothing in it that could loop, reach anything or be HTML.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from contracts.letter_queries import MOST_LETTERS, PLACEHOLDERS, TemplateProblem, TemplateText

PLACEHOLDER = re.compile(r"\{\{([^{}\n]*)\}\}")
LINK = re.compile(r"https?://[^\s<>\"{}]+|mailto:[^\s<>\"{}]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
ENDS_NO_LINK = ".,;:!?)]»”\N{RIGHT SINGLE QUOTATION MARK}'…"
"""What belongs to the sentence, where it stands behind an address."""
SPACED_OUT = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
"""An empty line, or several."""
LONGEST_QUOTE = 40

Facts: TypeAlias = Mapping[str, str | None]
"""What is put in the place of each placeholder, by its name; None where there is nothing to put."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that belong together. `filled`: they were put in a placeholder's place. `href`: where they lead."""

    text: str
    filled: bool = False
    href: str | None = None


Line: TypeAlias = tuple[Piece, ...]
Paragraph: TypeAlias = tuple[Line, ...]


def said(text: str, facts: Facts) -> tuple[Paragraph, ...]:
    """The text with its placeholders filled, but for paragraphs that nothing can be filled in of."""
    paragraphs = SPACED_OUT.split(text.strip())
    return tuple(
        tuple(tuple(_pieces(line, facts)) for line in paragraph.split("\n"))
        for paragraph in paragraphs
        if paragraph and all(facts.get(name) for name in _named(paragraph))
    )


def problems(text: str) -> Iterator[TemplateProblem]:
    """What is wrong with a text, line by line."""
    if len(text) > MOST_LETTERS:
        told = f"{len(text):,} characters are too many: {MOST_LETTERS:,} is the most. Make it shorter."
        yield TemplateProblem(code="too_long", message=told, line=text.count("\n", 0, MOST_LETTERS) + 1)
        return
    for number, line in enumerate(text.split("\n"), 1):
        for problem in _problems_of(line):
            yield problem.model_copy(update={"line": number})


def problems_in(texts: Sequence[TemplateText], written_in: Collection[str]) -> list[TemplateProblem]:
    """What is wrong with the same text in several languages; mails are `written_in` these."""
    languages = [each.language for each in texts]
    found = [
        TemplateProblem(code="twice", message="There are two texts in this language.", language=language)
        for language in dict.fromkeys(languages)
        if languages.count(language) > 1
    ]
    for each in texts:
        if each.language and each.language not in written_in:
            told = f"Mails are not written in “{each.language}”, but in {', '.join(written_in)}."
            found.append(TemplateProblem(code="unknown_language", message=told, language=each.language))
        found += [problem.model_copy(update={"language": each.language}) for problem in problems(each.text)]
    return found


def _problems_of(line: str) -> Iterator[TemplateProblem]:
    for name in PLACEHOLDER.findall(line):
        if name.strip() not in PLACEHOLDERS:
            yield TemplateProblem(code="unknown_placeholder", message=_unknown(name.strip()))
    between = PLACEHOLDER.split(line)[::2]
    if any("{" in words or "}" in words for words in between):
        yield TemplateProblem(code="stray_brace", message=STRAY_BRACE)
    elif any(_ends_in_a_link(words) for words in between[:-1]):
        yield TemplateProblem(code="placeholder_in_link", message=IN_LINK)


ALL = ", ".join(f"{{{{ {name} }}}}" for name in PLACEHOLDERS)
STRAY_BRACE = "There is a { or } that belongs to no placeholder. It has two of them on both sides, such as {{ child }}."
IN_LINK = "A placeholder cannot be part of a web address. Put a space between them."


def _unknown(name: str) -> str:
    near = get_close_matches(name.casefold(), PLACEHOLDERS, n=1)
    quoted = name if len(name) <= LONGEST_QUOTE else f"{name[:LONGEST_QUOTE]}…"
    meant = f" Do you mean {{{{ {near[0]} }}}}?" if near else ""
    return f"There is no {{{{ {quoted} }}}}.{meant} These can be filled in: {ALL}."


def _ends_in_a_link(words: str) -> bool:
    return any(link.end() == len(words) for link in LINK.finditer(words))


def _named(paragraph: str) -> set[str]:
    """The placeholders in it."""
    return {name.strip() for name in PLACEHOLDER.findall(paragraph)}


def _pieces(line: str, facts: Facts) -> Iterator[Piece]:
    """What was filled in is never a link, whatever it looks like: names are not the school's own words."""
    for place, words in enumerate(PLACEHOLDER.split(line)):
        if place % 2:
            yield Piece(facts.get(words.strip()) or "", filled=True)
        elif words:
            yield from _with_links(words)


def _with_links(words: str) -> Iterator[Piece]:
    told = 0
    for link in LINK.finditer(words):
        address = link.group().rstrip(ENDS_NO_LINK)
        if before := words[told : link.start()]:
            yield Piece(before)
        yield Piece(address, href=address if ":" in address else f"mailto:{address}")
        told = link.start() + len(address)
    if rest := words[told:]:
        yield Piece(rest)
