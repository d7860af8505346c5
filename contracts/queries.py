"""Questions that a staff screen, or a service, may ask: request/reply, JSON both ways.

The subject is `<service>.query.<name>.v1.<school_id>`; the answer is the reply's body, or
`{"error": {"code", "message"}}`. `rendering.query.pdf` and `rendering.query.preview` answer with a file's bytes.
What is asked about papers alone is in `papers`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.base import (
    Body,
    CertificateKind,
    EmailPolicy,
    GivenId,
    Instant,
    LocalDate,
    MarkValue,
    MintedId,
    Sha256,
    SkillKind,
    Version,
    Weekday,
)
from contracts.certificates import LayoutRef, Pdf
from contracts.commands import RefusalReason
from contracts.rendering import FailureReason, FieldName, LayoutPublished
from contracts.roster import Guardian, Venue


class QueryError(Body):
    code: str
    message: str


class Everything(Body):
    """A question without conditions."""


# --- what the answers are made of


class StudentRef(Body):
    student_id: GivenId
    family_id: GivenId
    name: str
    """As it is printed: the preferred name if there is one, and the family name."""
    class_name: str | None = None
    venue_id: GivenId | None = None
    venue_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    preferred_name: str | None = None
    weekday: Weekday | None = None


class LevelRef(Body):
    level_id: GivenId
    name: str


class TeacherRef(Body):
    teacher_id: GivenId
    name: str


class Blocked(Body):
    """Why a pending certificate cannot be issued yet, and what to do."""

    code: str
    message: str


class PendingLayout(Body):
    layout_id: GivenId
    layout_version: Version
    name: str
    shows_notes: bool
    notes_max_length: int | None = None


class CorrectionRequest(Body):
    """A family's wish for another name on a certificate, that nobody has answered yet."""

    request_id: MintedId
    certificate_id: GivenId
    number: str
    title: str
    student: StudentRef
    printed: str
    """The name on the newest version."""
    recipient_name: str
    """The name as it should be."""
    message: str | None = None
    """The family's words to the school."""
    since: Instant
    version: Version
    """The one that they saw."""
    newest_version: Version


# --- progression.query.summary


class Summary(Body):
    """The counts of the "Certificates & Levels" box."""

    level_progressions: int
    certificates_to_issue: int
    blocked: int


# --- progression.query.weeks


class AskWeeks(Body):
    weeks: Annotated[int, Field(ge=1, le=53)] = 26


class Week(Body):
    begins_on: LocalDate
    """Its Monday, by the school's clock."""
    certificates: int
    """Issued in it, and not withdrawn since. A correction is no other certificate."""


class Weeks(Body):
    weeks: tuple[Week, ...]
    """This one last; those without a certificate too."""


# --- progression.query.pending


class AskPending(Body):
    venue_id: GivenId | None = None
    class_name: str | None = None
    level_id: GivenId | None = None
    teacher_id: GivenId | None = None
    student_id: GivenId | None = None
    weekday: Weekday | None = None
    progression_ids: tuple[str, ...] | None = None
    """These alone."""


class PendingWarning(Body):
    """What deserves a look before a certificate is issued, and what to do.

    `no_guardian`: nobody would be mailed. `too_long`: a text is longer than the layout takes.
    """

    code: str
    message: str
    field: FieldName | None = None
    """The field of the certificate that it is about, if it is about one."""
    stops: bool = False
    """A run that selects it as it is would be refused."""


class PendingCertificate(Body):
    progression_id: str
    student: StudentRef
    level: LevelRef
    teacher: TeacherRef
    completed_on: LocalDate
    since: Instant
    layout: PendingLayout | None = None
    blocked: Blocked | None = None
    guardians: int | None = None
    """How many adults of the family would be mailed."""
    warnings: tuple[PendingWarning, ...] = ()


class PendingLevelChange(Body):
    progression_id: str
    student: StudentRef
    level: LevelRef
    to_level: LevelRef
    since: Instant
    blocked: Blocked | None = None
    teacher: TeacherRef | None = None
    completed_on: LocalDate | None = None


class Pending(Body):
    certificates: tuple[PendingCertificate, ...]
    level_changes: tuple[PendingLevelChange, ...]


# --- progression.query.student, students, classes, class, teachers, school


class AskStudent(Body):
    student_id: GivenId


class AskStudents(Body):
    search: str | None = None
    class_name: str | None = None
    venue_id: GivenId | None = None


class SkillProgress(Body):
    skill_id: GivenId
    name: str
    kind: SkillKind
    value: MarkValue | None = None
    """Null until it was marked."""


class StudentProgress(Body):
    """A student with the skills of the level that they are in."""

    student: StudentRef
    level: LevelRef | None = None
    skills: tuple[SkillProgress, ...]
    completed: bool
    """Every skill of the level is mastered."""


class CertificateSummary(Body):
    certificate_id: GivenId
    version: Version
    number: str
    kind: CertificateKind
    title: str
    issued_on: LocalDate
    state: Literal["issuing", "issued", "failed", "withdrawn", "replaced"]
    reason: FailureReason | None = None


class CompletedLevel(Body):
    """A level that the student has completed, and what became of its two parts."""

    progression_id: str
    level: LevelRef
    completed_on: LocalDate
    certificate_id: GivenId | None = None
    """Null as long as the certificate waits."""
    number: str | None = None
    to_level: LevelRef | None = None
    moved_at: Instant | None = None
    """Null as long as the level change waits, or where there is none."""


class MailRecipient(Body):
    """A guardian of the family, as far as mail is concerned. The address itself stays where it is."""

    guardian_id: GivenId
    name: str
    has_address: bool


class StudentPage(Body):
    progress: StudentProgress
    family_name: str
    guardians: tuple[str, ...]
    """The names of those who get the mail."""
    certificates: tuple[CertificateSummary, ...]
    """Newest first."""
    pending: Pending
    levels: tuple[CompletedLevel, ...] = ()
    """The levels completed, newest first."""
    mail_to: tuple[MailRecipient, ...] = ()
    """Those of `guardians`, with what tells them apart."""


class Students(Body):
    students: tuple[StudentRef, ...]


class SchoolClass(Body):
    class_name: str
    venue_id: GivenId | None = None
    venue_name: str | None = None
    students: int


class Classes(Body):
    classes: tuple[SchoolClass, ...]


class AskClass(Body):
    class_name: str
    venue_id: GivenId | None = None


class ClassProgress(Body):
    class_name: str
    venue_name: str | None = None
    today: LocalDate
    """The date at the class's venue."""
    students: tuple[StudentProgress, ...]


class Teachers(Body):
    teachers: tuple[TeacherRef, ...]


class School(Body):
    name: str
    time_zone: str
    locale: str
    venues: tuple[Venue, ...]


# --- progression.query.certificate, run, runs, command, guardians


class AskCertificate(Body):
    certificate_id: GivenId


class CertificateVersion(Body):
    version: Version
    state: Literal["issuing", "issued", "failed", "withdrawn", "replaced"]
    recipient_name: str
    title: str
    notes: str | None = None
    teacher: TeacherRef
    issued_on: LocalDate
    layout: LayoutRef
    pdf: Pdf | None = None
    reason: FailureReason | None = None


class Certificate(Body):
    """The register's entry: the newest version first."""

    certificate_id: GivenId
    number: str
    kind: CertificateKind
    student_id: GivenId
    family_id: GivenId
    level: LevelRef | None = None
    next_level_name: str | None = None
    """Of the level that comes after its level now."""
    verify_url: str
    run_id: GivenId | None = None
    email: EmailPolicy
    send_after: Instant | None = None
    mailed_together: tuple[GivenId, ...]
    """Those of the same family and run that share one mail, itself among them; none failed or withdrawn."""
    school_name: str
    locale: str
    versions: tuple[CertificateVersion, ...]
    correction: CorrectionRequest | None = None
    """What the family asks for."""


class AskRun(Body):
    run_id: GivenId


class RunCertificate(Body):
    certificate_id: GivenId
    version: Version
    student: StudentRef
    title: str
    number: str
    state: Literal["issuing", "issued", "failed", "withdrawn", "replaced"]
    reason: FailureReason | None = None
    teacher: TeacherRef | None = None
    presented_at: Instant | None = None
    """When it was handed out to the child."""
    printing: bool | None = None
    """It was given to rendering."""
    printed: bool | None = None
    """There is a PDF of it."""


class RunLevelChange(Body):
    progression_id: str
    student: StudentRef
    level: LevelRef
    to_level: LevelRef


class Run(Body):
    run_id: GivenId
    requested_by: str
    requested_at: Instant
    issue_date: LocalDate | None = None
    email: EmailPolicy
    send_after: Instant | None = None
    certificates: tuple[RunCertificate, ...]
    level_changes: tuple[RunLevelChange, ...]
    undo_until: Instant | None = None
    """Until then `undo_run` may take it back; absent where it is too late, or was never possible."""
    undone_by: str | None = None
    undone_at: Instant | None = None
    cancelled_by: str | None = None
    cancelled_at: Instant | None = None


class RunSummary(Body):
    run_id: GivenId
    requested_by: str
    requested_at: Instant
    certificates: int
    issued: int
    failed: int
    level_changes: int
    cancelled: int | None = None
    """Withdrawn before they were printed."""
    undone_at: Instant | None = None


class Runs(Body):
    runs: tuple[RunSummary, ...]
    """The last 50, newest first."""


class AskCommand(Body):
    command_id: Annotated[str, Field(min_length=1, max_length=256)]


class CommandOutcome(Body):
    """`unknown`: not handled yet (or never sent)."""

    state: Literal["unknown", "accepted", "refused"]
    reasons: tuple[RefusalReason, ...] = ()


class AskGuardians(Body):
    family_id: GivenId


class Guardians(Body):
    family_id: GivenId
    guardians: tuple[Guardian, ...]


# --- progression.query.attention, dead_letters, dead_letter


class CertificateTrouble(Body):
    """A certificate version that does not go on by itself.

    `failed`: rendering cannot print it. `stuck`: it was sent again and again, and nobody answers for it.
    """

    certificate_id: GivenId
    version: Version
    number: str
    title: str
    student: StudentRef
    run_id: GivenId | None = None
    kind: Literal["failed", "stuck"]
    since: Instant
    reason: FailureReason


class ErasureTrouble(Body):
    """A child's erasure that some service has not confirmed for minutes."""

    erasure_id: MintedId
    since: Instant
    reason: FailureReason


class Attention(Body):
    """What waits for a person, longest first; 500 at most."""

    certificates: tuple[CertificateTrouble, ...]
    dead_letters: int
    """How many messages of the school were kept aside."""
    erasures: tuple[ErasureTrouble, ...] = ()
    corrections: tuple[CorrectionRequest, ...] = ()
    """What families ask for, longest first; 500 at most."""


class DeadLetter(Body):
    """A message that no retry cures, kept aside."""

    letter_id: int
    subject: str
    """Where it was on its way to."""
    durable: str
    """Who could not handle it."""
    reason: str
    since: Instant


class DeadLetters(Body):
    letters: tuple[DeadLetter, ...]
    """Oldest first; 500 at most."""


class AskDeadLetter(Body):
    letter_id: Annotated[int, Field(ge=1)]


class DeadLetterContent(Body):
    """The message as it came. What is no text is shown as far as it is."""

    letter: DeadLetter
    headers: dict[str, str]
    body: str


# --- rendering.query.layouts, pdf


class Layouts(Body):
    layouts: tuple[LayoutPublished, ...]
    """The newest version of each."""


class AskPdf(Body):
    certificate_id: GivenId
    version: Version
    sha256: Sha256 | None = None
    """These bytes and no others, where it is given."""


class PdfBytes(Body):
    """The reply is no JSON but the PDF itself; this stands for it in the table of queries."""
