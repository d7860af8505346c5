"""What rendering answers: the register records it, and says `issued` once for each version."""

from __future__ import annotations

from contracts.certificates import Issued, LayoutRef, Replaced
from contracts.rendering import LayoutPublished, Rendered, RenderingFailed
from services.progression.store import sql
from services.progression.work import Work


async def rendered(work: Work, event: Rendered) -> None:
    key = {"school_id": work.school_id, "certificate_id": event.certificate_id, "version": event.version}
    row = await sql.settle_issued(work.connection, **key, pdf=event.pdf.model_dump(), now=work.now)
    if row is None:
        # Said already, or withdrawn while it was printed.
        return
    work.say(
        Issued(
            certificate_id=event.certificate_id,
            version=event.version,
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
            pdf=event.pdf,
            verify_url=row["verify_url"],
            progression_id=row["progression_id"],
            run_id=row["run_id"],
        ),
        event.certificate_id,
        event.version,
    )
    await _replace_older(work, event, reason=row["reason"] or "reissued")


async def _replace_older(work: Work, event: Rendered, reason: str) -> None:
    key = {"school_id": work.school_id, "certificate_id": event.certificate_id, "version": event.version}
    older = [row["version"] async for row in sql.replace_older_versions(work.connection, **key)]
    for version in older:
        work.say(
            Replaced(certificate_id=event.certificate_id, version=version, reason=reason, by_version=event.version),
            event.certificate_id,
            version,
        )


async def failed(work: Work, event: RenderingFailed) -> None:
    await sql.settle_failed(
        work.connection,
        school_id=work.school_id,
        certificate_id=event.certificate_id,
        version=event.version,
        failure=event.reason.model_dump(),
        now=work.now,
    )


async def layout_published(work: Work, event: LayoutPublished) -> None:
    await sql.put_layout(
        work.connection,
        school_id=work.school_id,
        layout_id=event.layout_id,
        layout_version=event.layout_version,
        name=event.name,
        fields=[field.model_dump() for field in event.fields],
    )
