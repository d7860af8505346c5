"""Mails as they come back."""

from __future__ import annotations

FINAL = "Final-Recipient: rfc822; hana@family.test"
STATUS_HEAD = "Reporting-MTA: dns; mx.family.test\n"


def report(to: str, status: str) -> bytes:
    """A mail with a delivery report to this envelope address (RFC 3464)."""
    return _mail(
        f"""\
From: MAILER-DAEMON@mx.family.test
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

{status}
--b
Content-Type: message/rfc822

From: certificates@laurel.test
To: hana@family.test
Subject: A certificate

Hello

--b--
"""
    )


def status(action: str = "failed", code: str = "5.1.1", diagnostic: str = "smtp; 550 5.1.1 No such user here") -> str:
    """What it says of one recipient."""
    said = f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    return f"{STATUS_HEAD}\n{FINAL}\nAction: {action}\nStatus: {code}\n{said}"


def delayed(to: str) -> bytes:
    return report(to, status("delayed", "4.4.1", "smtp; 451 4.7.1 Greylisted"))


def out_of_office(to: str) -> bytes:
    return _mail(
        f"""\
From: hana@family.test
To: {to}
Subject: Out of office
Auto-Submitted: auto-replied

I am back on Monday. Action: failed
"""
    )


def read_receipt(to: str) -> bytes:
    return report(to, status()).replace(b"report-type=delivery-status", b"report-type=disposition-notification")


def without_status(to: str) -> bytes:
    return report(to, status()).replace(b"message/delivery-status", b"text/plain")


def without_action(to: str) -> bytes:
    return report(to, status()).replace(b"Action: ", b"Inaction: ")


def without_code(to: str) -> bytes:
    return report(to, status()).replace(b"Status: 5.1.1", b"Status: very bad")


def _mail(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
