"""Pictures of issued certificates, and copies of them that show less of the child's name.

`rendering.query.image` and `rendering.query.card` answer with a picture's bytes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.base import Body, GivenId, Name, Sha256, Version
from contracts.certificates import LayoutRef, Pdf

Form = Literal["page", "card"]
"""`page`: the whole certificate. `card`: what is shown beside a link, in the size that Open Graph wants."""

CARD_PX = (1200, 630)

CopyName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}\.[0-9a-f]{16}$")]
"""Which of the copies of a certificate version that show less of the name: what made it gave it this name."""

# --- rendering.query.image, card


class AskImage(Body):
    """The certificate version as it was registered, or a copy of it."""

    certificate_id: GivenId
    version: Version
    sha256: Sha256 | None = None
    """Of the PDF: a picture of these bytes and no others, where it is given."""
    of_copy: CopyName | None = None
    """Of this copy instead."""


class ImageBytes(Body):
    """The reply is no JSON but a JPEG whose longer side is 1200 pixels; this stands for it in the table of queries."""


class CardBytes(Body):
    """The reply is no JSON but a PNG of 1200 x 630 pixels, with the certificate on a quiet ground."""


def picture_key(pdf_key: str, pdf_sha256: str, form: Form) -> str:
    """Where the picture of a PDF lies in the artefact store, beside the PDF. It tells of which bytes it is."""
    kind = {"page": "jpg", "card": "png"}[form]
    return f"{pdf_key.removesuffix('.pdf')}.{pdf_sha256[:16]}.{form}.{kind}"


# --- rendering.query.copy

LessOfAName = Literal["first_name", "nameless"]


class AskCopy(Body):
    """An issued certificate version as it may be shown to more people than the family."""

    certificate_id: GivenId
    version: Version
    layout: LayoutRef
    fields: dict[str, Annotated[str, Field(max_length=2000)]]
    """As they were frozen."""
    showing: LessOfAName
    first_name: Name
    pupil: Name
    """What stands in the name's place where it is not shown at all: `A swimmer`."""


class Copy(Body):
    """A copy that is in the store, and what it shows where the certificate has more."""

    of_copy: CopyName
    pdf: Pdf
    name: str
    title: str
