"""Students, and the search for one."""

from __future__ import annotations

from starlette.responses import Response

from contracts.catalogue import STUDENTS
from contracts.queries import AskStudents
from services.staff.forms import text
from services.staff.visit import Visit

AT_MOST = 200


async def show(visit: Visit) -> Response:
    return await _page(visit, "")


async def search(visit: Visit) -> Response:
    """A form that is posted although it changes nothing: a child's name does not belong in an address."""
    return await _page(visit, text(await visit.form(), "search"))


async def _page(visit: Visit, searched: str) -> Response:
    found = await visit.desk.ask(STUDENTS, AskStudents(search=searched or None))
    return await visit.page(
        "students.html", students=found.students[:AT_MOST], found=len(found.students), searched=searched
    )
