"""How the mail server is named, and how long a mail waits for it."""

from __future__ import annotations

import pytest

from services.notification.mail_server import SmtpServer
from services.notification.retry import delay_when_away, delay_when_deferred


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.test:2525", SmtpServer("mail.test", 2525, None, None, "none")),
        ("smtp://mail.test", SmtpServer("mail.test", 25, None, None, "none")),
        ("smtp://u:p@mail.test?starttls=true", SmtpServer("mail.test", 587, "u", "p", "starttls")),
        ("smtp://u%40x:p%2Fw%3A@mail.test:587?starttls=true", SmtpServer("mail.test", 587, "u@x", "p/w:", "starttls")),
        ("smtps://u:p@mail.test", SmtpServer("mail.test", 465, "u", "p", "direct")),
    ],
)
def test_an_smtp_url_names_a_server(url: str, server: SmtpServer) -> None:
    assert SmtpServer.from_url(url) == server


@pytest.mark.parametrize(
    "url",
    ["mail.test:25", "http://mail.test", "smtp://", "", "smtp://mail.test?starttls=1", "smtp://mail.test?tls=true"],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://"):
        SmtpServer.from_url(url)


def test_a_server_that_is_away_is_tried_at_least_every_minute() -> None:
    assert [delay_when_away(n).total_seconds() for n in (0, 1, 2, 3, 4, 5, 99)] == [2, 4, 8, 16, 32, 60, 60]


def test_a_server_that_says_later_is_asked_ever_more_seldom() -> None:
    waits = [delay_when_deferred(n).total_seconds() for n in (0, 1, 2, 3, 6, 7, 99)]
    assert waits == [2, 30, 60, 120, 960, 1800, 1800]
