"""The classes of the school, to choose one to mark."""

from __future__ import annotations

from starlette.responses import Response

from contracts.catalogue import CLASSES
from contracts.queries import Everything
from services.staff.visit import Visit


async def show(visit: Visit) -> Response:
    found = await visit.desk.ask(CLASSES, Everything())
    return await visit.page("classes.html", classes=found.classes)
