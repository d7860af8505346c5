"""What a mail server's answer means, and what a mail that came back says."""

from __future__ import annotations

from contextlib import suppress

import pytest
from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPReadTimeoutError,
    SMTPRecipientRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from hypothesis import given
from hypothesis import strategies as st

from services.notification.delivery_report import Failure, Unreadable, returned
from services.notification.envelope import Envelopes
from services.notification.replies import after_data, before_data
from tests.service import returned_mails
from tests.service.returned_mails import report, status

HANA = "hana@family.test"
BOUNCES = "bounces+secret@laurel.test"


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (550, "5.1.1 No such user", "refused_address"),
        (550, "5.1.10 The domain takes no mail", "refused_address"),
        (550, "5.2.1 The mailbox is closed", "refused_address"),
        (550, "No such user", "refused_address"),
        (553, "Mailbox name not allowed", "refused_address"),
        (550, "5.7.1 Your server is on a list", "refused"),
        (550, "5.1.8 The sender has no domain", "refused"),
        (552, "5.2.2 Mailbox full", "refused"),
        (552, "Mailbox full", "refused"),
        (554, "5.7.1 Relay access denied", "refused"),
        (554, "No", "refused"),
        (451, "4.7.1 Greylisted", "deferred"),
        (452, "4.2.2 Mailbox full", "deferred"),
        (421, "4.7.0 Too many mails", "deferred"),
        (530, "5.7.0 Authentication required", "away"),
    ],
)
def test_only_an_address_that_is_none_is_blamed_for_a_refused_recipient(code: int, text: str, kind: str) -> None:
    assert before_data(SMTPRecipientRefused(code, text, HANA)).kind == kind


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (554, "5.6.0 We do not like it", "refused"),
        (550, "Spam", "refused"),
        (550, "5.1.1 No such user", "refused_address"),
        (452, "4.3.1 Out of space", "deferred"),
    ],
)
def test_what_is_refused_after_data_is_the_content(code: int, text: str, kind: str) -> None:
    assert after_data(SMTPDataError(code, text)).kind == kind


def test_a_refused_sender_is_our_own_fault_and_waits_until_it_is_mended() -> None:
    outcome = before_data(SMTPSenderRefused(550, "5.1.1 Who are you?", "us@laurel.test"))
    assert outcome.kind == "deferred"
    assert "5.1.1 Who are you?" in (outcome.reason or "")
    assert "LAUREL_BOUNCE_ADDRESS" in (outcome.reason or "")


@pytest.mark.parametrize("error", [SMTPServerDisconnected("gone"), SMTPReadTimeoutError("silent"), OSError("broken")])
def test_silence_is_away_before_data_and_unknown_after_it(error: SMTPException | OSError) -> None:
    assert before_data(error).kind == "away"
    assert after_data(error).kind == "unknown"


# --- delivery reports


def failure_of(content: bytes) -> Failure | None:
    return returned(content).failure()


@pytest.mark.parametrize(
    ("said", "reason", "blames"),
    [
        (status(), "The mail came back: 550 5.1.1 No such user here", True),
        (status(code="5.0.0", diagnostic="smtp; 550 No such user"), "The mail came back: 550 No such user", True),
        (status(code="5.1.1", diagnostic=""), "The mail came back: 5.1.1", True),
        (status(code="5.4.4", diagnostic="X-Postfix; Host not found"), "The mail came back: 5.4.4", True),
        (status(code="5.7.1", diagnostic="smtp; 550 5.7.1 Spam"), "The mail came back: 550 5.7.1 Spam", False),
        (status(code="5.2.2", diagnostic="smtp; 552-5.2.2 Full"), "The mail came back: 552 5.2.2 Full", False),
        (status(code="5.0.0", diagnostic="smtp; 554 No"), "The mail came back: 554 No", False),
        (status(code="4.4.7", diagnostic=""), "The mail came back: 4.4.7", False),
        (status("FAILED (at last)"), "The mail came back: 550 5.1.1 No such user here", True),
    ],
)
def test_a_failure_is_said_in_the_servers_words(said: str, reason: str, blames: bool) -> None:
    assert failure_of(report(BOUNCES, said)) == Failure(reason, blames)


@pytest.mark.parametrize(
    "content",
    [returned_mails.delayed(BOUNCES), returned_mails.out_of_office(BOUNCES), returned_mails.read_receipt(BOUNCES), b""],
)
def test_a_delay_an_absence_and_a_receipt_are_no_failures(content: bytes) -> None:
    assert failure_of(content) is None


def test_a_report_that_is_returned_inside_a_report_is_not_this_mails() -> None:
    inner = report(BOUNCES, status()).decode().replace('"b"', '"inner"').replace("--b", "--inner")
    outer = returned_mails.delayed(BOUNCES).replace(b"From: certificates@laurel.test\r\n", inner.encode(), 1)
    assert failure_of(outer) is None


@pytest.mark.parametrize(
    "content",
    [
        returned_mails.without_status(BOUNCES),
        returned_mails.without_action(BOUNCES),
        returned_mails.without_code(BOUNCES),
    ],
)
def test_a_report_that_is_not_as_it_should_be_is_said_to_be_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        failure_of(content)


@given(
    cut=st.integers(0, 900), put_in=st.binary(max_size=60), times=st.integers(1, 300), kind=st.sampled_from(["", "m"])
)
def test_nothing_that_anybody_sends_is_more_than_unreadable(cut: int, put_in: bytes, times: int, kind: str) -> None:
    content = report(BOUNCES, status())
    trap = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n" * times if kind else b""
    with suppress(Unreadable):
        failure_of(trap + content[:cut] + put_in + content[cut:])


# --- envelopes


def test_every_envelope_has_a_sender_of_its_own_that_is_known_again_in_any_case() -> None:
    envelopes = Envelopes("bounces@laurel.test", "certificates@laurel.test")
    first, second = envelopes.new(), envelopes.new()
    assert first.sender != second.sender
    assert len(first.sender.partition("@")[0]) <= 64
    assert envelopes.named_in([f"Hana <{first.sender.upper()}>", second.sender]) == [first.sha256, second.sha256]


@pytest.mark.parametrize(
    "text",
    [
        "bounces@laurel.test",
        "bounces+@laurel.test",
        f"bounces+{'a' * 31}@laurel.test",
        f"bounces+{'a' * 32}@laurel.test.evil.test",
        f"other.bounces+{'a' * 32}@laurel.test",
        f"bounces+{'a' * 32}@other.test",
    ],
)
def test_another_address_is_none_of_ours(text: str) -> None:
    assert Envelopes("bounces@laurel.test", "certificates@laurel.test").named_in([text]) == []


def test_without_an_address_for_bounces_all_mails_have_the_same_sender() -> None:
    envelope = Envelopes(None, "certificates@laurel.test").new()
    assert (envelope.sender, envelope.sha256) == ("certificates@laurel.test", None)
