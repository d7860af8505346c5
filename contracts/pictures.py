"""Pictures of issued certificates: to look at, and to stand beside a link.

`rendering.query.image` and `rendering.query.card` answer with a picture's bytes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from contracts.base import Body, GivenId, Sha256, Version

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
