"""What rendering answers: the register records it, and says `issued` once for each version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.certificates import Issue, Issued, LayoutRef, Pdf, Replaced
from contracts.rendering import ArtefactMissing, LayoutPublished, Rendered, RenderingFailed
from services.kit.telemetry import get_logger
from services.progression.handlers.erasing import erase_what_was_printed_late
from services.progression.store import put_layout, sql
from services.progression.work import Work


async def rendered(work: Work, events: Sequence[Rendered]) -> None:
    """Those that were said already, or withdrawn while they were printed, change nothing."""
    versions: dict[str, Sequence[Any]] = {
        "certificate_ids": [event.certificate_id for event in events],
        "versions": [event.version for event in events],
    }
    pdfs = [event.pdf.model_dump() for event in events]
    rows = sql.settle_issued(work.connection, school_id=work.school_id, **versions, pdfs=pdfs, now=work.now)
    for row in [row async for row in rows]:
        work.say(issued(work, row), row["certificate_id"], row["version"])
        if row["version"] > 1:
            await _replace_older(work, row)
    await _compare_with_the_register(work, versions, [event.pdf.sha256 for event in events])
    await erase_what_was_printed_late(work, [event.certificate_id for event in events])


def issued(work: Work, row: Mapping[str, Any]) -> Issued:
    """The event of a row of the register."""
    return Issued(
        certificate_id=row["certificate_id"],
        version=row["version"],
        number=row["number"],
        kind=row["kind"],
        student_id=row["student_id"],
        family_id=row["family_id"],
        recipient_name=row["recipient_name"],
        level_id=row["level_id"],
        level_name=row["level_name"],
        title=row["title"],
        teacher_id=row["teacher_id"],
        teacher_name=row["teacher_name"],
        school_name=work.school.name,
        locale=work.school.locale,
        issued_on=row["issued_on"],
        layout=LayoutRef(layout_id=row["layout_id"], layout_version=row["layout_version"]),
        pdf=Pdf(**row["pdf"]),
        verify_url=row["verify_url"],
        progression_id=row["progression_id"],
        run_id=row["run_id"],
    )


async def _replace_older(work: Work, row: Mapping[str, Any]) -> None:
    certificate_id, by_version = row["certificate_id"], row["version"]
    older = sql.replace_older_versions(
        work.connection, school_id=work.school_id, certificate_id=certificate_id, version=by_version, now=work.now
    )
    for version in [each["version"] async for each in older]:
        said = Replaced(
            certificate_id=certificate_id,
            version=version,
            reason=row["reason"] or "reissued",
            by_version=by_version,
        )
        work.say(said, certificate_id, version)


async def _compare_with_the_register(work: Work, versions: Mapping[str, Sequence[Any]], sha256s: Sequence[str]) -> None:
    """A version that was printed once more has the same bytes. If not, families see none, and operations must know."""
    rows = sql.other_bytes(work.connection, school_id=work.school_id, **versions, sha256s=sha256s)
    async for row in rows:
        get_logger().error("printed_with_other_bytes", certificate_id=row["certificate_id"], version=row["version"])


async def failed(work: Work, event: RenderingFailed) -> None:
    await sql.settle_failed(
        work.connection,
        school_id=work.school_id,
        certificate_id=event.certificate_id,
        version=event.version,
        failure=event.reason.model_dump(),
        now=work.now,
    )


async def missing(work: Work, event: ArtefactMissing) -> None:
    """The PDF is gone: the same fields on the same layout version are the same bytes again."""
    key = {"school_id": work.school_id, "certificate_id": event.certificate_id, "version": event.version}
    row = await sql.print_again(work.connection, **key)
    if row is not None:
        work.say(Issue(**row, urgent=True), event.certificate_id, event.version, work.now)
        get_logger().warning("printed_again", certificate_id=event.certificate_id, version=event.version)


async def layout_published(work: Work, event: LayoutPublished) -> None:
    await put_layout(work.connection, work.school_id, event)
