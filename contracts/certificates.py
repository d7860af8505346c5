"""Commands that issue and correct certificates, and what became of them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.base import (
    Body,
    CertificateKind,
    EmailPolicy,
    GivenId,
    Instant,
    LocalDate,
    Locale,
    MintedId,
    Name,
    Notes,
    Reason,
    Sha256,
    Version,
)


class SelectedCertificate(Body):
    progression_id: MintedId
    notes: Notes | None = None
    teacher_id: GivenId | None = None


class StartGeneration(Body):
    """One press of "Start Certificate Generation": a run.

    All that it selects is issued, or it is refused whole and nothing changes.
    """

    run_id: GivenId
    requested_by: Name
    issue_date: LocalDate | None = None
    email: EmailPolicy = "send"
    send_after: Instant | None = None
    certificates: tuple[SelectedCertificate, ...] = ()
    level_changes: tuple[MintedId, ...] = ()

    @model_validator(mode="after")
    def _selects_each_once(self) -> Self:
        selected = [certificate.progression_id for certificate in self.certificates]
        if not selected and not self.level_changes:
            raise ValueError("nothing is selected: name a certificate or a level change")
        if len(set(selected)) < len(selected) or len(set(self.level_changes)) < len(self.level_changes):
            raise ValueError("a progression is selected twice")
        return self


class IssueAdHoc(Body):
    """A certificate that no level stands behind."""

    certificate_id: GivenId
    student_id: GivenId
    layout_id: GivenId
    teacher_id: GivenId
    title: Name | None = None
    notes: Notes | None = None
    issue_date: LocalDate | None = None
    email: EmailPolicy = "send"
    send_after: Instant | None = None
    requested_by: Name


class Issue(Body):
    """The issuance command, progression to rendering: print these frozen fields on this layout version."""

    certificate_id: GivenId
    version: Version
    layout_id: GivenId
    layout_version: Version
    fields: dict[str, str]
    urgent: bool | None = None
    """Somebody waits for it: it is printed before those that do not say so."""


class Withdraw(Body):
    certificate_id: GivenId
    reason: Reason
    requested_by: Name


class Changes(Body):
    recipient_name: Name | None = None
    notes: Notes | None = None
    issue_date: LocalDate | None = None
    teacher_id: GivenId | None = None


class Reissue(Body):
    """A correction: a new version of the certificate replaces the one before."""

    certificate_id: GivenId
    reason: Reason
    requested_by: Name
    changes: Changes = Changes()


class DeclineCorrection(Body):
    """The name that a family asks to have corrected stays as it is: the school's words to them say why."""

    certificate_id: GivenId
    request_id: MintedId
    reason: Reason
    requested_by: Name


class Retry(Body):
    """A version that could not be printed is printed after all, on the newest version of its layout."""

    certificate_id: GivenId
    requested_by: Name


class CancelRun(Body):
    """What of the run is not printed yet is not issued, and waits again; its level changes stay."""

    run_id: GivenId
    requested_by: Name


class UndoRun(Body):
    """As long as its mail has not left, the whole run is taken back: all of it waits again; or this is refused."""

    run_id: GivenId
    requested_by: Name


class ResendMail(Body):
    """Staff to notification: mails of the newest version that failed, or whose fate is unknown, go out again."""

    certificate_id: GivenId
    guardian_id: GivenId | None = None
    """Every guardian's, where none is named."""
    requested_by: Name


class MarkPresented(Body):
    """The papers of these certificates have been handed out to the children, or (`presented` false) have not after all.

    All of them, or it is refused whole. It is about the version that stands: a correction is handed out anew.
    """

    certificate_ids: Annotated[tuple[GivenId, ...], Field(min_length=1, max_length=500)]
    presented: bool
    requested_by: Name


class RetryDeadLetter(Body):
    """A message that was kept aside is sent again to where it was on its way to."""

    letter_id: Annotated[int, Field(ge=1)]
    requested_by: Name


class DropDeadLetter(Body):
    letter_id: Annotated[int, Field(ge=1)]
    requested_by: Name


class LayoutRef(Body):
    layout_id: GivenId
    layout_version: Version


class Pdf(Body):
    """Where the PDF lies in the artefact store, and what its bytes are."""

    key: Annotated[str, Field(min_length=1, max_length=512)]
    sha256: Sha256
    bytes: Annotated[int, Field(ge=1)]


class Issued(Body):
    """CertificateIssued: exactly one for each certificate version. The school's other systems read this."""

    certificate_id: GivenId
    version: Version
    """1, and one more for each correction: the newest is the one that stands."""
    number: str
    """What is printed on it, such as `2026-000123`; a correction keeps it."""
    kind: CertificateKind
    """Whether a completed level stands behind it, or the office issued it by hand."""
    student_id: GivenId
    family_id: GivenId
    recipient_name: Name
    """As it is printed."""
    level_id: GivenId | None = None
    level_name: Name | None = None
    title: Name
    """What it certifies, as it is printed: the level's name, or the office's words."""
    teacher_id: GivenId
    teacher_name: Name | None = None
    school_name: Name | None = None
    locale: Locale | None = None
    """The school's language, in which dates are printed."""
    issued_on: LocalDate
    layout: LayoutRef
    pdf: Pdf
    verify_url: str
    """Where anybody who holds the paper sees that it is genuine; it is in the QR code."""
    progression_id: MintedId | None = None
    """The completed level that it is for."""
    run_id: GivenId | None = None
    """The press of the button that it came from; none where it was issued by itself or by hand."""


class Withdrawn(Body):
    certificate_id: GivenId
    version: Version
    reason: Reason


class Replaced(Body):
    certificate_id: GivenId
    version: Version
    reason: Reason
    by_version: Version
