"""`progression.query.audit`: who did what to which certificate, and when."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.base import Body, GivenId, Instant
from contracts.queries import StudentRef

PAGE = 100


class AskAudit(Body):
    search: Annotated[str, Field(max_length=200)] | None = None
    """A part of a student's name or of the name of whoever did it, or a certificate's number."""
    certificate_id: GivenId | None = None
    """What was done to this one, whatever is searched for."""
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    """Only what is older than this entry: the last of a page leads to the next."""
    limit: Annotated[int, Field(ge=1, le=500)] = PAGE


class AuditChange(Body):
    """What a correction changed: `recipient_name`, `notes`, `issue_date` (YYYY-MM-DD) or `teacher` (the name)."""

    field: str
    before: str | None = None
    after: str | None = None


class AuditEntry(Body):
    entry_id: int
    """A later entry has a higher one."""
    at: Instant
    who: str | None = None
    """Null for what nobody pressed (`by_itself`), and for what was done before this was written down."""
    by_itself: bool = False
    """The level issues by itself."""
    act: str
    """`issued`, `issued_ad_hoc`, `reissued`, `withdrawn`, `tried_again`, `cancelled`, `undone`, `mail_resent`,
    `handed_out`, `not_handed_out`, `correction_asked`, `correction_declined`; others may come."""
    certificate_id: GivenId
    number: str
    title: str
    student: StudentRef
    run_id: GivenId | None = None
    reason: str | None = None
    changes: tuple[AuditChange, ...] = ()


class Audit(Body):
    entries: tuple[AuditEntry, ...]
    """Newest first."""
    older: bool
    """There are more."""
