"""What a mail server's answer, or its silence, means for the mail and for its address. Pure."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from typing import Literal, TypeVar

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

Fault = TypeVar("Fault", bound=BaseException)

PERMANENT = 500
"""Answers from here on are for good (RFC 5321, 4.2.1)."""
CLOSING = 421
"""The server ends the conversation with this answer, whatever was asked."""
LOG_IN_FIRST = (530, 535, 538)
"""The server wants a log-in, or a better one (RFC 4954)."""
NO_SUCH_ADDRESS = (550, 551, 553)
"""What servers without enhanced status codes answer for an address that is none."""
OF_THE_ADDRESS = {"1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.4"}
"""Enhanced status codes (RFC 3463) that the next mail to the address will meet too.

Not among them: a full mailbox (2.2), a mail that is too large (3.4), a sender who is unwelcome (1.8), policy (7.x).
"""
STATUS = re.compile(r"\s*[245]\.(\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`accepted`; `away`: nobody took it, try again soon; `deferred`: the server says later; `refused`: for good;
    `refused_address`: for good, and so will every other mail to it be; `unknown`: it may be out, or may not."""

    kind: Literal["accepted", "away", "deferred", "refused", "refused_address", "unknown"]
    reason: str | None = None


def blames_address(code: int | None, text: str) -> bool:
    """Whether a permanent refusal is about the address. `text` begins with the enhanced status code, if any."""
    found = STATUS.match(text)
    if found is None or found[1].startswith("0."):
        return code is None or code in NO_SUCH_ADDRESS
    return found[1] in OF_THE_ADDRESS


def before_data(error: Exception) -> Outcome:
    """Nothing was sent yet. What is a fault of ours, not of the mail's, waits until it is mended."""
    if not isinstance(error, SMTPRecipientRefused | SMTPSenderRefused) or error.code in LOG_IN_FIRST:
        return Outcome("away", why_away(error))
    if isinstance(error, SMTPSenderRefused):
        return Outcome("deferred", _why_unwelcome(error))
    return _by_code(error, blames_address(error.code, error.message))


def after_data(error: Exception) -> Outcome:
    """Without an answer it may be out. An answer is about the content unless it says that it is about the address."""
    if not isinstance(error, SMTPResponseException):
        return Outcome("unknown", answer(error))
    blamed = STATUS.match(error.message) is not None and blames_address(error.code, error.message)
    return _by_code(error, blamed)


def why_away(error: BaseException) -> str:
    """In words for whoever runs the system."""
    if isinstance(error, SMTPAuthenticationError) or getattr(error, "code", None) in LOG_IN_FIRST:
        return f"{answer(error)} It does not accept our log-in: see the user and the password in LAUREL_SMTP_URL."
    if mistrust := _cause(error, ssl.SSLCertVerificationError):
        return (
            f"The mail server's certificate cannot be trusted ({mistrust.verify_message}): it got neither a mail nor"
            " our password. See its name in LAUREL_SMTP_URL, its certificate, and LAUREL_SMTP_CA_FILE."
        )
    if _cause(error, ssl.SSLError):
        return "The mail server speaks no TLS that we can use: see LAUREL_SMTP_URL (smtps:// or ?starttls=true)."
    if isinstance(error, SMTPException) and "STARTTLS" in str(error):
        return "The mail server does not offer STARTTLS, so that it got no mail: nothing goes out in the clear."
    if isinstance(error, SMTPException) and "AUTH" in str(error):
        return "The mail server offers no log-in, and LAUREL_SMTP_URL has a user: perhaps it wants TLS first."
    return answer(error)


def answer(error: BaseException) -> str:
    """The server's own words."""
    if isinstance(error, SMTPResponseException):
        return f"The mail server answered: {error.code} {' '.join(str(error.message).split())}"[:500]
    return f"The mail server did not answer ({type(error).__name__})."


def _why_unwelcome(error: SMTPSenderRefused) -> str:
    if error.code < PERMANENT:
        return answer(error)
    return f"{answer(error)} It does not take mail from us: see LAUREL_MAIL_FROM and LAUREL_BOUNCE_ADDRESS."


def _by_code(error: SMTPResponseException, blamed: bool) -> Outcome:
    if error.code < PERMANENT:
        return Outcome("deferred", answer(error))
    return Outcome("refused_address" if blamed else "refused", answer(error))


def _cause(error: BaseException | None, kind: type[Fault]) -> Fault | None:
    """The error of this kind that led to it, or that it is."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error
