"""One certificate's file, drawn out of a print: its page, its tags, its glyphs, and nothing of the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.rendering.pdf.about import About, information, metadata, text
from services.rendering.pdf.art import Art, parts
from services.rendering.pdf.extract import Extract
from services.rendering.pdf.file import File, Resources
from services.rendering.pdf.fonts import Font
from services.rendering.pdf.objects import Object, Printed, found, stream_object, with_references
from services.rendering.pdf.qr import with_code
from services.rendering.pdf.tags import CertificateTags, Tags

MEDIA_BOX = rb"(/MediaBox \[[^\]]*\])"
# A page that shows one form, and all in it, has no tags of its own.
TAGGED = re.compile(rb"/Annots \[[^\]]*\]|/StructParents \d+")


@dataclass(frozen=True, slots=True)
class Certificate:
    content: bytes
    """The PDF."""
    lacks_a_glyph: bool
    """Some character was printed as `.notdef`, the box that stands for a letter the fonts have not."""


@dataclass(frozen=True, slots=True)
class Print:
    """What all certificates of one print have in common."""

    printed: Printed
    tags: Tags
    font: Callable[[int], Font]
    arts: Mapping[int, Art]
    """By their markers' numbers."""
    codes: frozenset[int]
    """The numbers of the QR code's marker."""


class CertificateFile:
    """Use it once: `drawn` gives the certificate."""

    def __init__(self, source: Print, about: About) -> None:
        self._source = source
        self._about = about
        self._file = File()
        self._tags = CertificateTags(source.printed, source.tags, self._file)
        self._extract = Extract(source.printed, source.font, self._file, self._tags)

    def drawn(self, page: int, article: int) -> Certificate:
        """`page` and `article` are its page and the root of its tags in the print."""
        file = self._file
        root, pages, tree, own_page, document = (file.add() for _ in range(5))
        file.stands_for(page, own_page)
        file.stands_for(article, document)
        file.stands_for(self._source.tags.document, tree)
        file.write(own_page, self._page(self._source.printed[page], pages))
        file.write(document, self._tags.document(article, self._about))
        self._extract.finish()
        file.write(pages, b"<</Type /Pages\n/Count 1\n/Kids [%d 0 R]>>" % own_page)
        file.write(tree, self._tags.tree(document))
        file.write(root, self._catalog(pages, tree))
        return Certificate(file.content(root, file.add(information(self._about))), self._extract.lacks_a_glyph)

    def _page(self, page: Object, pages: int) -> bytes:
        resources = Resources(self._file.place)
        streams = [self._stream(part, resources) for part in parts(self._content(page), self._source.arts)]
        tagged = b"\n".join(TAGGED.findall(page.head))
        return b"<</Type /Page\n/Parent %d 0 R\n%s\n/Resources %s\n/Contents [%s]\n/Tabs /S\n%s>>" % (
            pages,
            found(MEDIA_BOX, page.head),
            resources.dictionary(),
            b" ".join(b"%d 0 R" % stream for stream in streams),
            with_references(self._tags.with_keys(tagged), self._file.place),
        )

    def _content(self, page: Object) -> bytes:
        drawing = self._source.printed[page.number_of(b"/Contents")].content()
        return with_code(self._tags.content(page, drawing), self._source.codes, self._about.verify_url)

    def _stream(self, part: bytes | Art, resources: Resources) -> int:
        if isinstance(part, Art):
            for resource in part.resources:
                resources.keep(*resource)
            return self._file.place(part.stream)
        return self._file.add(stream_object(b"", self._extract.drawn(part, resources)))

    def _catalog(self, pages: int, tree: int) -> bytes:
        return (
            b"<</Type /Catalog\n/Pages %d 0 R\n/MarkInfo <</Marked true>>\n/StructTreeRoot %d 0 R\n/Metadata %d 0 R\n"
            b"/ViewerPreferences <</DisplayDocTitle true>>\n/Lang %s>>"
            % (pages, tree, self._file.add(metadata(self._about)), text(self._about.language))
        )
