"""The front door leads to what most people came for."""

from __future__ import annotations

from starlette.responses import Response

from services.staff.visit import Visit, see


async def show(_: Visit) -> Response:
    return see("/pending")
