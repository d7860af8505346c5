"""What a file says of itself: a title, a language and where it is verified, and nothing of a child or of the day."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

PRODUCER = "Laurel, Chromium (Skia/PDF)"
# ISO 14289-1 (PDF/UA-1) asks for the title as XMP too, and for its own mark.
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>{producer}</pdf:Producer>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True, slots=True)
class About:
    title: str
    """What a viewer shows in its window: never a child's name."""
    language: str
    """BCP 47, such as `en-NZ`."""
    verify_url: str = ""
    """What its QR code says."""


def text(said: str) -> bytes:
    """A text string of PDF, whatever letters it has."""
    return b"<%s>" % ("\ufeff" + said).encode("utf-16-be").hex().upper().encode()


def information(about: About) -> bytes:
    return b"<</Title %s\n/Producer %s>>" % (text(about.title), text(PRODUCER))


def metadata(about: About) -> bytes:
    """The XMP stream, unpacked, so that any tool can read it."""
    said = XMP.format(title=escape(about.title), language=escape(about.language), producer=PRODUCER).encode()
    return b"<</Type /Metadata\n/Subtype /XML\n/Length %d>> stream\n%s\nendstream" % (len(said), said)
