"""What progression's tables hold about a child and a family."""

from __future__ import annotations

from services.kit.holdings import Holding

HOLDINGS = (
    Holding("mark", "marks", ("student_id",)),
    Holding("audit", "entries of the audit", ("student_id",)),
    Holding("pending_progression", "completed levels", ("student_id",)),
    Holding("correction_request", "wishes for another name", ("certificate_id",)),
    Holding("certificate_version", "certificate versions", ("certificate_id",)),
    Holding("certificate", "certificates", ("student_id",)),
    Holding("student", "students", ("student_id",)),
    Holding("guardian", "guardians", ("family_id",)),
    Holding("family", "families", ("family_id",)),
)
"""In the order in which they can be deleted."""
