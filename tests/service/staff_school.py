"""A school as progression and rendering would tell of it: real-looking names, the awkward ones among them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal

from contracts import audit, queries, run_queries
from contracts.certificates import LayoutRef, Pdf
from contracts.queries import LevelRef, StudentRef, TeacherRef
from contracts.rendering import FailureReason, LayoutField, LayoutPublished, Page

SINCE = datetime(2026, 3, 10, 4, 30, tzinfo=UTC)
LEVEL_3, LEVEL_4 = LevelRef(level_id="l3", name="Level 3"), LevelRef(level_id="l4", name="Level 4")
ANA = TeacherRef(teacher_id="t1", name="Ana Ruiz")
TOM = TeacherRef(teacher_id="t2", name="Tom O'Neill")
CLASS = "Tuesday 4 pm"

AROHA_CERTIFICATE = "0199aaaa-0000-7000-8000-000000000001"
SINEAD_CERTIFICATE = "0199aaaa-0000-7000-8000-000000000002"
MAIA_CERTIFICATE = "0199aaaa-0000-7000-8000-000000000003"
SCRIPT_CERTIFICATE = "0199aaaa-0000-7000-8000-000000000004"


def student(student_id: str, name: str) -> StudentRef:
    given_name, _, family_name = name.partition(" ")
    return StudentRef(
        student_id=student_id,
        family_id="f1",
        name=name,
        class_name=CLASS,
        venue_id="v1",
        venue_name="Kilbirnie",
        given_name=given_name,
        family_name=family_name,
        weekday="tuesday",
    )


AROHA = student("s1", "Aroha Ngata")
SINEAD = student("s2", "Sinéad O'Brien")
MAIA = student("s3", "Māia Tūwhare")
SCRIPT = student("s4", "<script>alert('hello')</script>")

WITH_NOTES = queries.PendingLayout(
    layout_id="classic", layout_version=1, name="Classic", shows_notes=True, notes_max_length=120
)
WITHOUT_NOTES = queries.PendingLayout(layout_id="plain", layout_version=1, name="Plain", shows_notes=False)
NO_LAYOUT = queries.Blocked(
    code="no_layout", message="Level 3 has no certificate layout yet. Choose one for the level, and it can be issued."
)


def waiting(
    progression_id: str,
    of: StudentRef,
    layout: queries.PendingLayout | None = WITH_NOTES,
    blocked: queries.Blocked | None = None,
) -> queries.PendingCertificate:
    return queries.PendingCertificate(
        progression_id=progression_id,
        student=of,
        level=LEVEL_3,
        teacher=ANA,
        completed_on=date(2026, 3, 10),
        since=SINCE,
        layout=layout,
        blocked=blocked,
    )


def moving(progression_id: str, of: StudentRef) -> queries.PendingLevelChange:
    return queries.PendingLevelChange(
        progression_id=progression_id, student=of, level=LEVEL_3, to_level=LEVEL_4, since=SINCE
    )


PENDING = queries.Pending(
    certificates=(
        waiting(AROHA_CERTIFICATE, AROHA),
        waiting(SINEAD_CERTIFICATE, SINEAD),
        waiting(SCRIPT_CERTIFICATE, SCRIPT, WITHOUT_NOTES),
        waiting(MAIA_CERTIFICATE, MAIA, None, NO_LAYOUT),
    ),
    level_changes=(moving(AROHA_CERTIFICATE, AROHA), moving(SINEAD_CERTIFICATE, SINEAD)),
)


def preview(*obstacles: run_queries.Obstacle) -> run_queries.RunPreview:
    """Of Aroha's and Sinéad's certificates and level changes; `obstacles`: what stands in the way of more."""
    return run_queries.RunPreview(
        certificates=2,
        students=2,
        level_changes=2,
        families=1,
        without_address=(SCRIPT,),
        today=date(2026, 3, 11),
        obstacles=obstacles,
    )


State = Literal["issuing", "issued", "failed", "withdrawn", "replaced"]
OVERFLOW = FailureReason(code="overflow", message="The notes are too long for this layout. Shorten them and try again.")


def run(run_id: str, *states: State) -> queries.Run:
    """A run with one certificate in each of these states."""
    students = (AROHA, SINEAD, MAIA, SCRIPT)
    return queries.Run(
        run_id=run_id,
        requested_by="Rangi Patel",
        requested_at=SINCE,
        email="send",
        certificates=tuple(
            queries.RunCertificate(
                certificate_id=f"c{number}",
                version=1,
                student=students[number % len(students)],
                title="Level 3",
                number=f"2026-{number:05}",
                state=state,
                reason=OVERFLOW if state == "failed" else None,
            )
            for number, state in enumerate(states)
        ),
        level_changes=(
            queries.RunLevelChange(progression_id=AROHA_CERTIFICATE, student=AROHA, level=LEVEL_3, to_level=LEVEL_4),
        ),
    )


def progress(of: StudentRef, *, dives: bool, glides: int | None, completed: bool = False) -> queries.StudentProgress:
    """A student of Level 3 with a tick and a scale."""
    return queries.StudentProgress(
        student=of,
        level=LEVEL_3,
        skills=(
            queries.SkillProgress(skill_id="dive", name="Dives from the side", kind="tick", value=dives),
            queries.SkillProgress(skill_id="glide", name="Glides for five metres", kind="scale", value=glides),
        ),
        completed=completed,
    )


def the_class(*students: queries.StudentProgress) -> queries.ClassProgress:
    return queries.ClassProgress(class_name=CLASS, venue_name="Kilbirnie", today=date(2026, 3, 11), students=students)


def certificate(certificate_id: str, title: str, state: State = "issued") -> queries.CertificateSummary:
    return queries.CertificateSummary(
        certificate_id=certificate_id,
        version=1,
        number="2026-00042",
        kind="level",
        title=title,
        issued_on=date(2026, 3, 5),
        state=state,
    )


def student_page(*certificates: queries.CertificateSummary) -> queries.StudentPage:
    """Aroha's, with Level 3 waiting."""
    return queries.StudentPage(
        progress=progress(AROHA, dives=True, glides=80),
        family_name="Ngata whānau",
        guardians=("Hēmi Ngata", "Moana Ngata"),
        certificates=certificates,
        pending=queries.Pending(
            certificates=(waiting(AROHA_CERTIFICATE, AROHA),), level_changes=(moving(AROHA_CERTIFICATE, AROHA),)
        ),
    )


def layout(layout_id: str, name: str, notes: int | None) -> LayoutPublished:
    fields = [LayoutField(name="recipient_name", max_length=60)]
    if notes:
        fields.append(LayoutField(name="notes", max_length=notes))
    page = Page(size="A4", orientation="landscape")
    return LayoutPublished(layout_id=layout_id, layout_version=1, name=name, page=page, fields=tuple(fields))


def version(number: int, recipient_name: str, state: State) -> queries.CertificateVersion:
    is_printed = state not in ("issuing", "failed")
    return queries.CertificateVersion(
        version=number,
        state=state,
        recipient_name=recipient_name,
        title="Level 3",
        notes="Tino pai!",
        teacher=ANA,
        issued_on=date(2026, 3, 10),
        layout=LayoutRef(layout_id="classic", layout_version=1),
        pdf=Pdf(key=f"certificates/demo/c1/{number}.pdf", sha256="0" * 64, bytes=9) if is_printed else None,
        reason=OVERFLOW if state == "failed" else None,
    )


def certificate_page(state: State) -> queries.Certificate:
    """Māia's certificate, whose name was corrected once; the newest version is in this state."""
    return queries.Certificate(
        certificate_id="c1",
        number="2026-00042",
        kind="level",
        student_id="s3",
        family_id="f1",
        level=LEVEL_3,
        verify_url="https://portal.example/verify/ABCD",
        email="send",
        mailed_together=("c1",),
        school_name="Harbour Swim & Dance",
        locale="en-NZ",
        versions=(version(2, "Māia Tūwhare", state), version(1, "Māia Tuwhare", "replaced")),
    )


def asked(of: StudentRef, wished: str, **more: Any) -> queries.CorrectionRequest:
    """A family asks for this name on the certificate of `certificate_page`."""
    return queries.CorrectionRequest(
        **{
            "request_id": "0f6d3b52-8f0a-5c55-9b1d-2b5f6f8f7a10",
            "certificate_id": "c1",
            "number": "2026-00042",
            "title": "Level 3",
            "student": of,
            "printed": "Māia Tūwhare",
            "recipient_name": wished,
            "message": "She has both our names.",
            "since": SINCE,
            "version": 2,
            "newest_version": 2,
            **more,
        }
    )


def done(entry_id: int, act: str, of: StudentRef, **more: Any) -> audit.AuditEntry:
    return audit.AuditEntry(
        entry_id=entry_id,
        **{
            "at": SINCE,
            "who": "Rangi Patel",
            "act": act,
            "certificate_id": "c1",
            "number": "2026-00042",
            "title": "Level 3",
            "student": of,
            **more,
        },
    )


AUDITED = audit.Audit(
    entries=(
        done(5, "withdrawn", MAIA, who=None, reason="Issued to the wrong child"),
        done(
            4,
            "reissued",
            MAIA,
            reason="Her name has a macron",
            changes=(
                audit.AuditChange(field="recipient_name", before="Māia Tuwhare", after="Māia Tūwhare"),
                audit.AuditChange(field="notes", before="Tino pai!"),
            ),
        ),
        done(3, "tried_again", SINEAD, certificate_id="c2", number="2026-00041"),
        done(2, "issued", SCRIPT, who=None, by_itself=True, certificate_id="c3", number="2026-00040"),
        done(1, "issued", AROHA, run_id="r1", certificate_id="c4", number="2026-00039"),
    ),
    older=True,
)
"""Newest first, with older ones to come."""
