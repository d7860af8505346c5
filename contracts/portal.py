"""What the portal tells the other services, and what it is told of a family's wishes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from contracts.base import TEXT_PATTERN, Body, GivenId, Instant, Locale, MintedId, Name, Reason, Sha256, Version

FewWords = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=TEXT_PATTERN)]


class Published(Body):
    """The certificate is online: `family_url` works now. The URL is a secret; only notification may read it."""

    certificate_id: GivenId
    version: Version
    family_id: GivenId
    family_url: str


class LinkRequested(Body):
    """Somebody wants a new link to a family's page, to be mailed to this address if it is a guardian's."""

    request_id: MintedId
    address_sha256: Sha256
    """Of the address in lower case, without space around it."""
    requested_at: Instant


class MailsChosen(Body):
    """A family says on its page which mails a guardian gets. Of two choices the later one counts."""

    family_id: GivenId
    guardian_id: GivenId
    wants_mail: bool
    language: Locale | None = None
    """What mails are to be written in; absent: as the school has it."""
    chosen_at: Instant


class MailsChosenByLink(Body):
    """The same, said by whoever has the link in a mail's footer: notification knows whose it is, if anybody's."""

    token_sha256: Sha256
    wants_mail: bool
    chosen_at: Instant


class CorrectionRequested(Body):
    """A family says that the name on a certificate is wrong. Of several requests for one the last counts."""

    request_id: MintedId
    certificate_id: GivenId
    version: Version
    """The one that they saw."""
    recipient_name: Name
    """As it should be printed."""
    message: FewWords | None = None
    requested_at: Instant


class CorrectionAnswered(Body):
    """What came of a request.

    `corrected`: `by_version` has another name, maybe not the one that was asked for. `declined`: `reason` tells the
    family why. `withdrawn`: there is no certificate any more whose name could be wrong.
    """

    request_id: MintedId
    certificate_id: GivenId
    outcome: Literal["corrected", "declined", "withdrawn"]
    by_version: Version | None = None
    reason: Reason | None = None


class OpenCorrections(Body):
    """Those that nobody has answered, as far as the portal knows."""

    requests: tuple[CorrectionRequested, ...]
    """Oldest first; 500 at most."""
