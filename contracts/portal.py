"""What the portal tells notification."""

from __future__ import annotations

from contracts.base import Body, GivenId, Instant, Locale, MintedId, Sha256, Version


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
