"""What stands in a pending certificate's way, or deserves a look before it goes out, each with what mends it.

Progression knows of layouts, limits and addresses, and tells with the row. Whether a name fits the paper, and
whether the fonts have its letters, only rendering can tell, by measuring and printing: it is asked about the rows
that are shown, after the page is there (`pending.js`), because 2,000 names take two seconds the first time. The date
is chosen on the next page, which looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from contracts.catalogue import CHECK
from contracts.proofs import AskCheck, Check, CheckFinding
from contracts.queries import PendingCertificate
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.desk import Desk

AT_ONCE = 500
"""Names that one question asks about."""


class Remark(NamedTuple):
    """What is to be said of a row, and the link that leads to what mends it."""

    message: str
    remedy: str
    address: str

    @property
    def is_for_a_manager(self) -> bool:
        return self.address.startswith("/levels/")


Findings = Mapping[str, CheckFinding]
"""What the printer objects to, by progression."""


def remarks(row: PendingCertificate, findings: Findings) -> list[Remark]:
    return [*_of_records(row), *_of_printer(row, findings)]


async def printable(desk: Desk, rows: Sequence[PendingCertificate]) -> tuple[Findings, bool]:
    """What the printer objects to in the names of these, and whether it had the time to look at all of them.

    It is a help: where nobody can tell just now, nothing is said.
    """
    rows = sorted((row for row in rows if row.layout), key=_layout_version)
    findings: dict[str, CheckFinding] = {}
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        try:
            checked = await desk.ask(CHECK, AskCheck(checks=tuple(_check(row) for row in some)))
        except (QueryRefused, NobodyAnswered):
            return findings, False
        findings |= {some[found.place].progression_id: found for found in checked.findings}
        if checked.checked < len(some):
            return findings, False
    return findings, True


def _of_records(row: PendingCertificate) -> Iterator[Remark]:
    if row.blocked:
        yield Remark(row.blocked.message, f"Choose a layout for {row.level.name}", f"/levels/{row.level.level_id}")
    for warning in row.warnings:
        if warning.field == "recipient_name":
            yield _of_name(row, warning.message)
        elif warning.field in ("title", "level_name"):
            yield Remark(warning.message, f"Look at {row.level.name}", f"/levels/{row.level.level_id}")
        else:
            yield Remark(warning.message, "Look at the family", f"/students/{row.student.student_id}")


def _of_printer(row: PendingCertificate, findings: Findings) -> Iterator[Remark]:
    found = findings.get(row.progression_id)
    if found is None or row.layout is None:
        return
    if found.letter:
        yield _of_name(row, f"No font of “{row.layout.name}” has the letter {found.letter}: it would be a box.")
    elif found.reason.code == "does_not_fit":
        yield _of_name(row, f"This name does not fit “{row.layout.name}”, not even in its smallest type.")
    else:
        yield _of_name(row, found.reason.message)


def _of_name(row: PendingCertificate, message: str) -> Remark:
    return Remark(message, "Edit the name", f"/pending/{row.progression_id}/name")


def _layout_version(row: PendingCertificate) -> tuple[str, int]:
    assert row.layout is not None
    return row.layout.layout_id, row.layout.layout_version


def _check(row: PendingCertificate) -> Check:
    layout_id, layout_version = _layout_version(row)
    return Check(layout_id=layout_id, layout_version=layout_version, field="recipient_name", text=row.student.name)
