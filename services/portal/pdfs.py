"""PDFs as they were registered, byte for byte, or not at all."""

from __future__ import annotations

import hashlib

from obstore.exceptions import BaseError

from services.kit.artefacts import ArtefactMissing, Artefacts
from services.kit.telemetry import get_logger


class PdfUnavailable(Exception):
    """The PDF cannot be shown. `passes`: the store is out of reach, so that waiting may be the cure."""

    def __init__(self, why: str, *, passes: bool = False) -> None:
        super().__init__(why)
        self.passes = passes


async def read_pdf(artefacts: Artefacts, key: str, sha256: str) -> bytes:
    """The PDF under this key. PdfUnavailable unless its bytes have the registered hash."""
    try:
        return _checked(await artefacts.get(key), sha256)
    except PdfUnavailable as error:
        get_logger().error("pdf_unavailable", key=key, why=str(error))
        raise
    except ArtefactMissing as error:
        get_logger().error("pdf_missing", key=key)
        raise PdfUnavailable("the PDF is missing") from error
    except (OSError, BaseError) as error:
        get_logger().error("artefacts_out_of_reach", key=key, error=type(error).__name__)
        raise PdfUnavailable("the artefact store is out of reach", passes=True) from error


def _checked(content: bytes, sha256: str) -> bytes:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise PdfUnavailable("the PDF is not the one that was registered")
    return content
