"""Every message and query in one table each: who says it, who listens, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from contracts import (
    audit,
    certificates,
    commands,
    erasure,
    family_queries,
    layout_queries,
    letter_queries,
    mail_queries,
    notification,
    papers,
    pictures,
    portal,
    progress,
    proofs,
    queries,
    rendering,
    roster,
    roster_queries,
    run_queries,
    webhook_queries,
)
from contracts.base import Body

Kind = Literal["cmd", "evt"]
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class MessageType:
    """One kind of message. Subject: `<area>.<kind>.<name>.v<version>.<school_id>`."""

    area: str
    kind: Kind
    name: str
    body: type[Body]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    version: int = 1

    @property
    def type(self) -> str:
        """The CloudEvents type, for example `school.laurel.certificates.issued.v1`."""
        return f"school.laurel.{self.area}.{self.name}.v{self.version}"

    @property
    def stem(self) -> str:
        """The subject without the school: `certificates.evt.issued.v1`."""
        return f"{self.area}.{self.kind}.{self.name}.v{self.version}"

    def subject(self, school_id: str) -> str:
        return f"{self.stem}.{school_id}"


Request = TypeVar("Request", bound=Body)
Reply = TypeVar("Reply", bound=Body)


@dataclass(frozen=True, slots=True)
class QueryType(Generic[Request, Reply]):
    """One kind of question. Subject: `<service>.query.<name>.v<version>.<school_id>`."""

    service: str
    name: str
    request: type[Request]
    reply: type[Reply]
    askers: tuple[str, ...]
    version: int = 1
    answers_with: str = JSON
    """What the reply is: JSON, or the bytes of a file of this media type."""
    patience_s: float = 5.0
    """How long the answer may take."""

    @property
    def stem(self) -> str:
        return f"{self.service}.query.{self.name}.v{self.version}"

    def subject(self, school_id: str) -> str:
        return f"{self.stem}.{school_id}"


SCHOOL = "school"
"""The school's own systems and staff screens, whoever wrote them."""

STAFF = (SCHOOL, "staff")


def _command(area: str, name: str, body: type[Body], consumer: str = "progression") -> MessageType:
    return MessageType(area, "cmd", name, body, producers=STAFF, consumers=(consumer,))


def _event(area: str, name: str, body: type[Body], producer: str, *consumers: str) -> MessageType:
    return MessageType(area, "evt", name, body, producers=(producer,), consumers=consumers)


MESSAGES: tuple[MessageType, ...] = (
    _command("roster", "put_school", roster.PutSchool),
    _command("roster", "put_family", roster.PutFamily),
    _command("roster", "put_teacher", roster.PutTeacher),
    _command("roster", "put_student", roster.PutStudent),
    _command("roster", "put_level", roster.PutLevel),
    _command("roster", "set_preferred_name", roster.SetPreferredName),
    _command("roster", "import", roster.ImportRoster),
    _command("roster", "erase_student", erasure.EraseStudent),
    _command("progress", "record_marks", progress.RecordMarks),
    _event("progress", "level_completed", progress.LevelCompleted, "progression", SCHOOL),
    _event("progress", "level_reopened", progress.LevelReopened, "progression", SCHOOL),
    _event("progress", "level_changed", progress.LevelChanged, "progression", SCHOOL),
    _command("certificates", "start_generation", certificates.StartGeneration),
    _command("certificates", "issue_ad_hoc", certificates.IssueAdHoc),
    MessageType("certificates", "cmd", "issue", certificates.Issue, ("progression",), ("rendering",)),
    _command("certificates", "withdraw", certificates.Withdraw),
    _command("certificates", "reissue", certificates.Reissue),
    _command("certificates", "decline_correction", certificates.DeclineCorrection),
    _command("certificates", "retry", certificates.Retry),
    _command("certificates", "cancel_run", certificates.CancelRun),
    _command("certificates", "undo_run", certificates.UndoRun),
    _command("certificates", "resend_mail", certificates.ResendMail, "notification"),
    _command("certificates", "mark_presented", certificates.MarkPresented),
    _command("certificates", "retry_dead_letter", certificates.RetryDeadLetter),
    _command("certificates", "drop_dead_letter", certificates.DropDeadLetter),
    _event("rendering", "rendered", rendering.Rendered, "rendering", "progression"),
    _event("rendering", "failed", rendering.RenderingFailed, "rendering", "progression"),
    _event("rendering", "missing", rendering.ArtefactMissing, "rendering", "progression"),
    _event("rendering", "layout_published", rendering.LayoutPublished, "rendering", "progression"),
    _event("certificates", "issued", certificates.Issued, "progression", "portal", SCHOOL),
    _event("certificates", "withdrawn", certificates.Withdrawn, "progression", "portal", "notification", SCHOOL),
    _event("certificates", "replaced", certificates.Replaced, "progression", "portal", "notification", SCHOOL),
    _event("certificates", "erased", erasure.Erased, "progression", *erasure.CONFIRMS, SCHOOL),
    _event("portal", "erased", erasure.PortalErased, "portal", "progression"),
    _event("notification", "erased", erasure.NotificationErased, "notification", "progression"),
    _event("webhooks", "erased", erasure.WebhooksErased, "webhooks", "progression"),
    _event("rendering", "erased", erasure.RenderingErased, "rendering", "progression"),
    _event("portal", "published", portal.Published, "portal", "notification"),
    _event("portal", "link_requested", portal.LinkRequested, "portal", "notification"),
    _event("portal", "mails_chosen", portal.MailsChosen, "portal", "notification"),
    _event("portal", "mails_chosen_by_link", portal.MailsChosenByLink, "portal", "notification"),
    _event("portal", "correction_requested", portal.CorrectionRequested, "portal", "progression"),
    # Of the portal's area, because the school's other systems do not read those: the words are the family's.
    _event("portal", "correction_answered", portal.CorrectionAnswered, "progression", "portal"),
    _event("notification", "delivered", notification.Delivered, "notification"),
    _event("notification", "failed", notification.DeliveryFailed, "notification"),
    _event("notification", "resent", notification.Resent, "notification", "progression"),
    MessageType("commands", "evt", "refused", commands.Refused, ("progression", "notification"), (SCHOOL,)),
)

SUMMARY = QueryType("progression", "summary", queries.Everything, queries.Summary, STAFF)
WEEKS = QueryType("progression", "weeks", queries.AskWeeks, queries.Weeks, STAFF)
PENDING = QueryType("progression", "pending", queries.AskPending, queries.Pending, STAFF)
PREVIEW = QueryType("progression", "preview", proofs.AskPreview, proofs.Preview, STAFF)
STUDENT = QueryType("progression", "student", queries.AskStudent, queries.StudentPage, STAFF)
STUDENTS = QueryType("progression", "students", queries.AskStudents, queries.Students, STAFF)
CLASSES = QueryType("progression", "classes", queries.Everything, queries.Classes, STAFF)
CLASS = QueryType("progression", "class", queries.AskClass, queries.ClassProgress, STAFF)
TEACHERS = QueryType("progression", "teachers", queries.Everything, queries.Teachers, STAFF)
SCHOOL_ITSELF = QueryType("progression", "school", queries.Everything, queries.School, STAFF)
CERTIFICATE = QueryType(
    "progression", "certificate", queries.AskCertificate, queries.Certificate, (*STAFF, "notification")
)
RUN = QueryType("progression", "run", queries.AskRun, queries.Run, STAFF)
RUNS = QueryType("progression", "runs", queries.Everything, queries.Runs, STAFF)
NOT_PRESENTED = QueryType("progression", "not_presented", papers.AskNotPresented, papers.NotPresented, STAFF)
PRINTS = QueryType("progression", "prints", papers.AskPrints, papers.Prints, (*STAFF, "portal"))
RUN_PREVIEW = QueryType("progression", "run_preview", certificates.StartGeneration, run_queries.RunPreview, STAFF)
RUN_STATES = QueryType("progression", "run_states", queries.AskRun, run_queries.RunStates, STAFF)
COMMAND = QueryType("progression", "command", queries.AskCommand, queries.CommandOutcome, STAFF)
GUARDIANS = QueryType("progression", "guardians", queries.AskGuardians, queries.Guardians, ("notification",))
GUARDIANS_BY_ADDRESS = QueryType(
    "progression",
    "guardians_by_address",
    family_queries.AskGuardiansByAddress,
    family_queries.GuardiansByAddress,
    ("notification",),
)
FAMILY_LINK = QueryType(
    "portal", "family_link", family_queries.AskFamilyLink, family_queries.FamilyLink, ("notification",)
)
PREFERENCES = QueryType(
    "notification", "preferences", family_queries.AskPreferences, family_queries.Preferences, ("portal",)
)
AUDIT = QueryType("progression", "audit", audit.AskAudit, audit.Audit, STAFF)
ATTENTION = QueryType("progression", "attention", queries.Everything, queries.Attention, STAFF)
DEAD_LETTERS = QueryType("progression", "dead_letters", queries.Everything, queries.DeadLetters, STAFF)
DEAD_LETTER = QueryType("progression", "dead_letter", queries.AskDeadLetter, queries.DeadLetterContent, STAFF)
ADDRESSEES = QueryType("progression", "addressees", mail_queries.AskAddressees, mail_queries.AddresseesOf, STAFF)
PUBLISHED = QueryType(
    "portal", "published", mail_queries.AskVersions, mail_queries.PublishedVersions, (*STAFF, "progression")
)
OPEN_CORRECTIONS = QueryType("portal", "open_corrections", queries.Everything, portal.OpenCorrections, ("progression",))
MAILS = QueryType(
    "notification", "mails", mail_queries.AskVersions, mail_queries.MailedVersions, (*STAFF, "progression")
)
MAIL_TROUBLES = QueryType("notification", "troubles", queries.Everything, mail_queries.MailTroubles, STAFF)
TEMPLATES = QueryType("notification", "templates", queries.Everything, letter_queries.Templates, STAFF)
PUT_TEMPLATE = QueryType(
    "notification", "put_template", letter_queries.PutTemplate, letter_queries.TemplateVerdict, STAFF
)
PUT_LETTERHEAD = QueryType(
    "notification", "put_letterhead", letter_queries.PutLetterhead, letter_queries.Letterhead, STAFF
)
LETTER_PREVIEW = QueryType(
    "notification", "letter_preview", letter_queries.AskLetterPreview, letter_queries.LetterPreview, STAFF
)
LAYOUTS = QueryType("rendering", "layouts", queries.Everything, queries.Layouts, (*STAFF, "progression"))
PDF = QueryType(
    "rendering", "pdf", queries.AskPdf, queries.PdfBytes, (*STAFF, "portal"), answers_with="application/pdf"
)
BARE = QueryType(
    "rendering", "bare", papers.AskBare, queries.PdfBytes, STAFF, answers_with="application/pdf", patience_s=30.0
)
CHECKLIST = QueryType(
    "rendering",
    "checklist",
    papers.AskChecklist,
    queries.PdfBytes,
    STAFF,
    answers_with="application/pdf",
    patience_s=30.0,
)
IMAGE = QueryType(
    "rendering",
    "image",
    pictures.AskImage,
    pictures.ImageBytes,
    (*STAFF, "portal", "notification"),
    answers_with="image/jpeg",
)
CARD = QueryType(
    "rendering",
    "card",
    pictures.AskImage,
    pictures.CardBytes,
    (*STAFF, "portal", "notification"),
    answers_with="image/png",
)
COPY = QueryType("rendering", "copy", pictures.AskCopy, pictures.Copy, ("portal",), patience_s=10.0)
PICTURE = QueryType("rendering", "preview", proofs.AskPicture, proofs.PictureBytes, STAFF, answers_with="image/jpeg")
CHECK = QueryType("rendering", "check", proofs.AskCheck, proofs.Checked, STAFF)

LEVELS = QueryType("progression", "levels", queries.Everything, roster_queries.Levels, STAFF)
ROSTER = QueryType("progression", "roster", roster_queries.AskRoster, roster_queries.RosterPage, STAFF)
IMPORT_CHECK = QueryType("progression", "import_check", roster.ImportRoster, roster_queries.ImportCheck, STAFF)
LAYOUT_VERSIONS = QueryType(
    "rendering", "layout_versions", layout_queries.AskLayoutVersions, layout_queries.LayoutVersions, STAFF
)
LAYOUT_PREVIEW = QueryType(
    "rendering",
    "layout_preview",
    layout_queries.AskLayoutPreview,
    proofs.PictureBytes,
    STAFF,
    answers_with="image/jpeg",
    patience_s=20.0,
)
PUBLISH_LAYOUT = QueryType(
    "rendering", "publish_layout", layout_queries.PublishLayout, layout_queries.LayoutVerdict, STAFF, patience_s=55.0
)
"""Prints the layout a dozen times before it answers."""

ERASURES = QueryType("progression", "erasures", erasure.AskErasures, erasure.Erasures, STAFF)
FAMILY_EXPORT = QueryType("progression", "family_export", erasure.AskFamilyExport, erasure.FamilyExport, STAFF)
HELD_BY_PORTAL = QueryType("portal", "family_export", erasure.AskHeld, erasure.Held, STAFF)
HELD_BY_NOTIFICATION = QueryType("notification", "family_export", erasure.AskHeld, erasure.Held, STAFF)

HELD_BY_WEBHOOKS = QueryType("webhooks", "family_export", erasure.AskHeld, erasure.Held, STAFF)
WEBHOOKS = QueryType("webhooks", "endpoints", queries.Everything, webhook_queries.Endpoints, STAFF)
WEBHOOK = QueryType("webhooks", "endpoint", webhook_queries.AskEndpoint, webhook_queries.EndpointPage, STAFF)
PUT_WEBHOOK = QueryType("webhooks", "put_endpoint", webhook_queries.PutEndpoint, webhook_queries.EndpointChanged, STAFF)
ACT_ON_WEBHOOK = QueryType(
    "webhooks", "act_on_endpoint", webhook_queries.ActOnEndpoint, webhook_queries.EndpointChanged, STAFF
)

QUERIES: tuple[QueryType[Any, Any], ...] = (
    SUMMARY,
    WEEKS,
    PENDING,
    PREVIEW,
    STUDENT,
    STUDENTS,
    CLASSES,
    CLASS,
    TEACHERS,
    SCHOOL_ITSELF,
    CERTIFICATE,
    RUN,
    RUNS,
    NOT_PRESENTED,
    PRINTS,
    RUN_PREVIEW,
    RUN_STATES,
    COMMAND,
    GUARDIANS,
    GUARDIANS_BY_ADDRESS,
    FAMILY_LINK,
    PREFERENCES,
    AUDIT,
    ATTENTION,
    DEAD_LETTERS,
    DEAD_LETTER,
    ADDRESSEES,
    PUBLISHED,
    OPEN_CORRECTIONS,
    MAILS,
    MAIL_TROUBLES,
    TEMPLATES,
    PUT_TEMPLATE,
    PUT_LETTERHEAD,
    LETTER_PREVIEW,
    LAYOUTS,
    PDF,
    IMAGE,
    CARD,
    COPY,
    PICTURE,
    CHECK,
    BARE,
    CHECKLIST,
    LEVELS,
    ROSTER,
    IMPORT_CHECK,
    LAYOUT_VERSIONS,
    LAYOUT_PREVIEW,
    PUBLISH_LAYOUT,
    ERASURES,
    FAMILY_EXPORT,
    HELD_BY_PORTAL,
    HELD_BY_NOTIFICATION,
    HELD_BY_WEBHOOKS,
    WEBHOOKS,
    WEBHOOK,
    PUT_WEBHOOK,
    ACT_ON_WEBHOOK,
)

TYPE_OF: dict[type[Body], MessageType] = {message.body: message for message in MESSAGES}
"""From a body's class to its place in the table."""

PUBLIC_EVENTS = tuple(message for message in MESSAGES if message.kind == "evt" and SCHOOL in message.consumers)
"""What a school's other systems may hear."""

BY_STEM: dict[str, MessageType] = {message.stem: message for message in MESSAGES}


def school_of(subject: str) -> str:
    """The school is a subject's last token."""
    return subject.rpartition(".")[2]


def stem_of(subject: str) -> str:
    """A subject without its school."""
    return subject.rpartition(".")[0]
