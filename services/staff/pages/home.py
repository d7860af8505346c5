"""The front door leads to what most people came for."""

from __future__ import annotations

from starlette.responses import Response

from services.staff.roles import OFFICE
from services.staff.visit import Visit, see


async def show(visit: Visit) -> Response:
    return see("/pending" if visit.desk.person.may(OFFICE) else "/classes")
