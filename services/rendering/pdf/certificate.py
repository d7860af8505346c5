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


def certificate(
    printed: Printed,
    tags: Tags,
    font: Callable[[int], Font],
    arts: Mapping[int, Art],
    codes: set[int],
    page: int,
    article: int,
    about: About,
) -> Certificate:
    """`page` and `article` are its page and the root of its tags; `arts` are by their markers, `codes` the code's."""
    file = File()
    root, pages, tree, own_page, document = (file.add() for _ in range(5))
    file.stands_for(page, own_page)
    file.stands_for(article, document)
    file.stands_for(tags.document, tree)
    own_tags = CertificateTags(printed, tags, file)
    extract = Extract(printed, font, file, own_tags)
    file.write(own_page, _page(printed, printed[page], arts, (codes, about.verify_url), pages, file, extract, own_tags))
    file.write(document, own_tags.document(article, about))
    extract.finish()
    file.write(pages, b"<</Type /Pages\n/Count 1\n/Kids [%d 0 R]>>" % own_page)
    file.write(tree, own_tags.tree(document))
    file.write(root, _catalog(pages, tree, file.add(metadata(about)), about))
    return Certificate(file.content(root, file.add(information(about))), extract.lacks_a_glyph)


def _page(
    printed: Printed,
    page: Object,
    arts: Mapping[int, Art],
    code: tuple[set[int], str],
    pages: int,
    file: File,
    extract: Extract,
    own_tags: CertificateTags,
) -> bytes:
    resources = Resources(file.place)
    content = with_code(own_tags.content(page, printed[page.number_of(b"/Contents")].content()), *code)
    streams = [_stream(part, file, extract, resources) for part in parts(content, arts)]
    tagged = b"\n".join(TAGGED.findall(page.head))
    return b"<</Type /Page\n/Parent %d 0 R\n%s\n/Resources %s\n/Contents [%s]\n/Tabs /S\n%s>>" % (
        pages,
        found(MEDIA_BOX, page.head),
        resources.dictionary(),
        b" ".join(b"%d 0 R" % stream for stream in streams),
        with_references(own_tags.with_keys(tagged), file.place),
    )


def _stream(part: bytes | Art, file: File, extract: Extract, resources: Resources) -> int:
    if isinstance(part, Art):
        for resource in part.resources:
            resources.keep(*resource)
        return file.place(part.stream)
    return file.add(stream_object(b"", extract.drawn(part, resources)))


def _catalog(pages: int, tree: int, described: int, about: About) -> bytes:
    return (
        b"<</Type /Catalog\n/Pages %d 0 R\n/MarkInfo <</Marked true>>\n/StructTreeRoot %d 0 R\n/Metadata %d 0 R\n"
        b"/ViewerPreferences <</DisplayDocTitle true>>\n/Lang %s>>" % (pages, tree, described, text(about.language))
    )
