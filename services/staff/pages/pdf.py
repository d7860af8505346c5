"""View and Download: the certificate's PDF, in the browser or as a file."""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.responses import Response

from contracts.catalogue import CERTIFICATE
from contracts.queries import AskCertificate, AskPdf
from services.kit.broker import QueryRefused
from services.staff.visit import Visit, is_missing


async def view(visit: Visit) -> Response:
    certificate_id = visit.id_in_path("certificate_id")
    version = int(visit.request.path_params["version"])
    if version < 1:
        return _not_there(visit)
    try:
        pdf = await visit.desk.ask_pdf(AskPdf(certificate_id=certificate_id, version=version))
    except QueryRefused as refusal:
        if is_missing(refusal):
            return _not_there(visit)
        raise
    disposition = f'inline; filename="certificate-{certificate_id}-{version}.pdf"'
    if "download" in visit.request.query_params:
        disposition = f'attachment; filename="{await _file_name(visit, certificate_id, version)}"'
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": disposition})


async def _file_name(visit: Visit, certificate_id: str, version: int) -> str:
    """By the number that is printed on it; a child's name has no place in a folder of downloads."""
    certificate = await visit.desk.ask(CERTIFICATE, AskCertificate(certificate_id=certificate_id))
    number = re.sub(r"[^A-Za-z0-9-]", "-", certificate.number)
    return f"certificate-{number}.pdf" if version == 1 else f"certificate-{number}-version-{version}.pdf"


def _not_there(visit: Visit) -> Response:
    return visit.problem(
        HTTPStatus.NOT_FOUND,
        "This certificate isn't there yet",
        "It may still be being made. Wait a moment and look again.",
        again=True,
        typed=[],
    )
