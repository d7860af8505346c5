"""Tags: which part of a print's tree is which certificate's, and how it becomes a tree of its own."""

from __future__ import annotations

import re

from services.rendering.pdf.about import About, text
from services.rendering.pdf.content import with_artifacts
from services.rendering.pdf.file import File
from services.rendering.pdf.objects import Object, Printed, StrangePdf, references, with_references

PARENT = re.compile(rb"(\d+) (\d+) 0 R")
PARENT_KEY = re.compile(rb"/(StructParents?) (\d+)")
NODE_ID = re.compile(rb"\(node[0-9A-Za-z]+\)")
OWN_ID = re.compile(rb"/ID (\(node\d+\))")
LINK_TO = re.compile(rb"/A <<[^>]*/URI (\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f]*>)[^>]*>>", re.DOTALL)


class Tags:
    """Chromium's tree is one Document, and below it an Article for each certificate, in the order of the pages."""

    def __init__(self, printed: Printed) -> None:
        tree = printed[printed.root.number_of(b"/StructTreeRoot")]
        self.document = tree.number_of(b"/K")
        kids = printed[self.document].head
        self._articles = references(kids[kids.index(b"/K ") :])
        parents = printed[tree.number_of(b"/ParentTree")].head
        self._parents = {int(key): int(number) for key, number in PARENT.findall(parents)}
        self._printed = printed

    def article(self, place: int, pages: int) -> int:
        if len(self._articles) != pages:
            raise StrangePdf(f"{pages} pages have {len(self._articles)} articles among their tags")
        return self._articles[place]

    def parents(self, key: int) -> tuple[int, bytes]:
        """What a page's, form's or link's parent key leads to: an object of the print, and its text."""
        number = self._parents[key]
        return number, self._printed[number].head


class CertificateTags:
    """The tags of one certificate: its Article becomes the Document of a tree of its own."""

    def __init__(self, printed: Printed, tags: Tags, file: File) -> None:
        self._printed = printed
        self._tags = tags
        self._file = file
        self._keys: list[int] = []
        self._ids: dict[bytes, bytes] = {}
        self._elements: dict[bytes, int] = {}

    def content(self, drawing: Object, content: bytes) -> bytes:
        """What is not tagged on a page, or on a form with tags of its own, is decoration.

        Any other form is marked where it is shown.
        """
        is_told_apart = b"/StructParents " in drawing.head or drawing.head.startswith(b"<</Type /Page\n")
        return with_artifacts(content, self._is_tagged) if is_told_apart else content

    def head(self, thing: Object, number: int) -> bytes:
        if b"/Type /StructElem" in thing.head:
            return self._with_own_ids(thing.head, number)
        if b"/StructParent" not in thing.head:
            return thing.head
        # PDF/UA asks that a link says in words where it leads.
        said = LINK_TO.sub(rb"\g<0>\n/Contents \1", thing.head)
        return self.with_keys(said)

    def with_keys(self, head: bytes) -> bytes:
        """The text of a page, form or link with its parent key as it is here."""
        return PARENT_KEY.sub(lambda match: b"/%s %d" % (match[1], self._key(int(match[2]))), head)

    def _key(self, printed: int) -> int:
        self._keys.append(printed)
        return len(self._keys) - 1

    def document(self, article: int, about: About) -> bytes:
        """The root element."""
        said = self._printed[article].head.replace(b"/S /Art", b"/S /Document\n/Lang %s" % text(about.language), 1)
        return with_references(said, self._file.place)

    def tree(self, document: int) -> bytes:
        parents = b" ".join(b"%d %d 0 R" % (key, self._parents(old)) for key, old in enumerate(self._keys))
        return b"<</Type /StructTreeRoot\n/K %d 0 R\n/ParentTreeNextKey %d\n/ParentTree %d 0 R%s>>" % (
            document,
            len(self._keys),
            self._file.add(b"<</Nums [%s]>>" % parents),
            self._id_tree(),
        )

    def _parents(self, printed_key: int) -> int:
        number, head = self._tags.parents(printed_key)
        if head.startswith(b"["):
            return self._file.add(with_references(head, self._file.place))
        return self._file.place(number)

    def _is_tagged(self, form: int) -> bool:
        return b"/StructParents " in self._printed[form].head

    def _with_own_ids(self, head: bytes, number: int) -> bytes:
        """Ids of table cells, which Chromium counts through the whole print, counted anew."""
        if b"(node" not in head:
            return head
        renamed = NODE_ID.sub(lambda match: self._ids.setdefault(match[0], b"(node%04d)" % len(self._ids)), head)
        for own in OWN_ID.findall(renamed):
            self._elements[own] = self._file.place(number)
        return renamed

    def _id_tree(self) -> bytes:
        if not self._elements:
            return b""
        names = b" ".join(b"%s %d 0 R" % entry for entry in sorted(self._elements.items()))
        return b"\n/IDTree %d 0 R" % self._file.add(b"<</Names [%s]>>" % names)
