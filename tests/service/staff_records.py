"""All that progression and rendering answer about the school of `staff_school`, as one table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from contracts import catalogue, erasure, mail_queries, papers, queries
from contracts.base import Body
from contracts.catalogue import QueryType
from tests.service import staff_emails, staff_ladder, staff_webhooks
from tests.service import staff_school as told
from tests.service.neighbours import Neighbours


def ran(run_id: str, certificates: int, issued: int, failed: int, level_changes: int) -> queries.RunSummary:
    return queries.RunSummary(
        run_id=run_id,
        requested_by="Rangi Patel",
        requested_at=told.SINCE,
        certificates=certificates,
        issued=issued,
        failed=failed,
        level_changes=level_changes,
    )


RECORDS: tuple[tuple[QueryType[Any, Any], Body], ...] = (
    (
        catalogue.SCHOOL_ITSELF,
        queries.School(name="Harbour Swim & Dance", time_zone="Pacific/Auckland", locale="en-NZ", venues=()),
    ),
    (catalogue.SUMMARY, queries.Summary(level_progressions=2, certificates_to_issue=3, blocked=1)),
    (
        catalogue.WEEKS,
        queries.Weeks(
            weeks=tuple(
                queries.Week(begins_on=date(2025, 9, 15) + timedelta(weeks=week), certificates=certificates)
                for week, certificates in enumerate((*range(16), 0, 3, 14, 0, 1, 214, 30, 8, 21, 40))
            )
        ),
    ),
    (catalogue.ATTENTION, queries.Attention(certificates=(), dead_letters=2)),
    (catalogue.MAIL_TROUBLES, mail_queries.MailTroubles(mails=())),
    (catalogue.NOT_PRESENTED, papers.NotPresented(certificates=(), more=False)),
    (catalogue.LEVELS, staff_ladder.LADDER),
    (catalogue.WEBHOOKS, staff_webhooks.ENDPOINTS),
    (catalogue.WEBHOOK, staff_webhooks.PAGE),
    (catalogue.TEMPLATES, staff_emails.TEMPLATES),
    (catalogue.LETTER_PREVIEW, staff_emails.SEEN),
    (catalogue.LAYOUT_VERSIONS, staff_ladder.VERSIONS),
    (catalogue.PENDING, told.PENDING),
    (catalogue.RUN_PREVIEW, told.preview()),
    (catalogue.STUDENTS, queries.Students(students=(told.AROHA, told.SINEAD, told.MAIA, told.SCRIPT))),
    (
        catalogue.STUDENT,
        told.student_page(told.certificate("c1", "Level 2"), told.certificate("c2", "Kindness", "issuing")),
    ),
    (catalogue.TEACHERS, queries.Teachers(teachers=(told.ANA, told.TOM))),
    (
        catalogue.LAYOUTS,
        queries.Layouts(
            layouts=(told.layout("encouragement", "Encouragement", 200), told.layout("plain", "Plain", None))
        ),
    ),
    (
        catalogue.CLASSES,
        queries.Classes(
            classes=(
                queries.SchoolClass(class_name=told.CLASS, venue_id="v1", venue_name="Kilbirnie", students=3),
                queries.SchoolClass(class_name="Ballet & Barre", students=12),
            )
        ),
    ),
    (
        catalogue.CLASS,
        told.the_class(
            told.progress(told.AROHA, dives=False, glides=80),
            told.progress(told.SINEAD, dives=True, glides=None),
            told.progress(told.SCRIPT, dives=False, glides=0),
        ),
    ),
    (catalogue.AUDIT, told.AUDITED),
    (catalogue.ERASURES, erasure.Erasures(erasures=())),
    (catalogue.CERTIFICATE, told.certificate_page("issued")),
    (catalogue.RUNS, queries.Runs(runs=(ran("r2", 4, 2, 1, 1), ran("r1", 12, 12, 0, 9)))),
)


def settle_in(neighbours: Neighbours) -> None:
    """Let them know the whole school."""
    for query, reply in RECORDS:
        neighbours.know(query, reply)
