"""View: the certificate's PDF, in the browser."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from contracts.queries import AskPdf
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
    name = f"certificate-{certificate_id}-{version}.pdf"
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _not_there(visit: Visit) -> Response:
    return visit.problem(
        HTTPStatus.NOT_FOUND,
        "This certificate isn't there yet",
        "It may still be being made. Wait a moment and look again.",
        again=True,
        typed=[],
    )
