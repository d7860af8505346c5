"""From which address mails leave, and where they come back to."""

from __future__ import annotations

from typing import Any

import pytest

from services.notification.settings import NotificationSettings


def settings(**changes: Any) -> NotificationSettings:
    return NotificationSettings(
        nats_url="nats://broker.test",
        postgres_url="postgresql://store.test",
        smtp_url="smtp://mail.test",
        portal_url="http://portal.test",
        mail_from="certificates@school.test",
        **changes,
    )


@pytest.mark.parametrize(
    ("changes", "address", "hears"),
    [
        ({}, None, False),
        ({"bounces": "/var/mail/bounces"}, "bounces@school.test", True),
        ({"bounces_secret": "a long enough secret"}, "bounces@school.test", True),
        ({"bounces": "/var/mail/bounces", "bounce_address": "back@school.test"}, "back@school.test", True),
        ({"bounce_address": "back@school.test"}, "back@school.test", False),
        ({"bounces": "/var/mail/bounces", "bounce_address": ""}, None, False),
        ({"bounces": "", "bounces_secret": ""}, None, False),
    ],
)
def test_mails_have_an_envelope_of_their_own_where_somebody_reads_what_comes_back(
    changes: dict[str, str], address: str | None, hears: bool
) -> None:
    told = settings(**changes)
    assert (told.address_for_bounces, told.hears_of_bounces) == (address, hears)
