"""A new link to whoever's address it is, once and while it is of use; and mails to those alone who want them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.catalogue import PREFERENCES
from contracts.family_queries import AskPreferences
from contracts.notification import DeliveryFailed
from contracts.portal import LinkRequested, MailsChosen, MailsChosenByLink
from contracts.roster import Guardian
from deploy.embedded.nats import NatsServer
from tests.conftest import TestDatabase
from tests.school import SCHOOL_ID, SchoolSystem
from tests.service.neighbours_choices import PlayedPortal, played_portal
from tests.service.neighbours_families import SCHOOL_NAME, address_sha256
from tests.service.notification_running import HANA, TOM, Notification, notification_running
from tests.service.postbox import html_of, text_of
from tests.waiting import eventually


@dataclass
class World:
    notification: Notification
    portal: PlayedPortal

    async def asks(self, address: str, **changes: Any) -> LinkRequested:
        request = LinkRequested.model_validate(
            {
                "request_id": str(uuid4()),
                "address_sha256": address_sha256(address),
                "requested_at": datetime.now(UTC),
                **changes,
            }
        )
        await self.portal.says(request)
        return request

    async def chooses(self, guardian_id: str, *, wants_mail: bool, **changes: Any) -> None:
        chosen = {"family_id": "f-thompson", "guardian_id": guardian_id, "chosen_at": datetime.now(UTC), **changes}
        await self.portal.says(MailsChosen.model_validate({**chosen, "wants_mail": wants_mail}))
        await self.settled()

    async def clicks(self, link: str, *, wants_mail: bool, chosen_at: datetime | None = None) -> None:
        token_sha256 = hashlib.sha256(link.rpartition("/")[2].encode()).hexdigest()
        chosen_at = chosen_at or datetime.now(UTC)
        await self.portal.says(MailsChosenByLink(token_sha256=token_sha256, wants_mail=wants_mail, chosen_at=chosen_at))
        await self.settled()

    async def mailed(self, certificate_id: str, state: str = "accepted") -> None:
        self.notification.neighbours.enters(certificate_id)
        await self.notification.neighbours.publishes(certificate_id)
        await self.notification.reaches(state, certificate_id)

    async def settled(self) -> None:
        await self.notification.neighbours.settled("notification")

    async def link_mail(self, state: str) -> None:
        """All mails with a link have come to this state."""

        async def there() -> bool:
            rows = await self.notification.rows("SELECT state FROM notification.link_mail")
            return {row["state"] for row in rows} == {state}

        await eventually(there, what=f"link mails {state}")

    @property
    def recipients(self) -> list[str]:
        return self.notification.postbox.recipients


@pytest.fixture
async def world(nats_server: NatsServer, database: TestDatabase) -> AsyncIterator[World]:
    async with (
        played_portal(nats_server) as portal,
        notification_running(nats_server, database, digest_grace_s=0.3) as notification,
    ):
        yield World(notification, portal)


async def test_a_new_link_is_mailed_to_the_address_on_file_in_the_guardians_language(world: World) -> None:
    world.notification.neighbours.families["f-thompson"] = (HANA.model_copy(update={"locale": "de-AT"}), TOM)
    await world.asks(" HANA@family.test")
    await world.notification.mails(1)
    [mail] = world.notification.postbox.taken
    assert world.recipients == ["hana@family.test"]
    assert mail["Subject"] == f"Ihr neuer Link zu den Urkunden von {SCHOOL_NAME}"
    assert '<html lang="de-AT" dir="ltr">' in html_of(mail)
    assert text_of(mail).count(world.portal.links[0]) == html_of(mail).count(world.portal.links[0]) == 1
    assert "List-Unsubscribe" not in mail
    await world.link_mail("accepted")
    assert world.portal.links[0] not in str(await world.notification.rows("SELECT * FROM notification.link_mail"))


async def test_an_address_that_nobody_has_gets_nothing(world: World) -> None:
    await world.asks("nobody@family.test")
    await world.settled()
    assert await world.notification.rows("SELECT * FROM notification.link_mail") == []


async def test_a_request_that_is_said_again_is_one_mail(world: World) -> None:
    request = await world.asks(HANA.email)
    await world.link_mail("accepted")
    await world.portal.says(request)
    await world.settled()
    await world.asks(HANA.email)
    await world.notification.mails(2)
    assert len(world.notification.postbox.taken) == 2


@pytest.mark.heavy
async def test_each_family_of_an_address_gets_one_link_of_its_own(world: World) -> None:
    both = HANA.model_copy(update={"guardian_id": "g-both", "name": "Hana and Tom"})
    world.notification.neighbours.families |= {"f-thompson": (HANA, both), "f-ngata": (both,)}
    await world.asks(HANA.email)
    await world.notification.mails(2)
    await world.link_mail("accepted")
    assert sorted(link.partition("/family/")[2][:6] for link in world.portal.links) == ["f-ngat", "f-thom"]
    assert len(world.notification.postbox.taken) == 2


async def test_nobodys_mailbox_is_filled_by_asking(world: World) -> None:
    requests = [await world.asks(HANA.email) for _ in range(8)]
    await world.settled()
    await world.link_mail("accepted")
    assert len(world.notification.postbox.taken) == 3
    await world.portal.says(requests[0], message_id="again")
    await world.settled()
    assert len(world.notification.postbox.taken) == 3


@pytest.mark.heavy
async def test_a_link_waits_for_the_mail_server_and_is_made_once(world: World) -> None:
    world.notification.postbox.whims.extend(["later", "cut_before_data"])
    await world.asks(HANA.email)
    await world.notification.mails(1)
    await world.link_mail("accepted")
    assert len(world.portal.links) == 1


@pytest.mark.heavy
async def test_a_link_waits_for_progression_and_for_the_portal(world: World) -> None:
    world.notification.neighbours.answering = False
    world.portal.answering = False
    await world.asks(HANA.email)

    async def asked_in_vain() -> bool:
        return world.notification.neighbours.unanswered > 0

    await eventually(asked_in_vain)
    world.notification.neighbours.answering = True
    await world.link_mail("queued")
    world.portal.answering = True
    await world.notification.mails(1)


@pytest.mark.heavy
async def test_a_link_that_is_of_no_use_any_more_is_not_sent(world: World) -> None:
    await world.asks(HANA.email, requested_at=datetime.now(UTC) - timedelta(minutes=61))
    await world.settled()
    assert await world.notification.rows("SELECT * FROM notification.link_mail") == []
    world.notification.postbox.whims.extend(["later"] * 20)
    await world.asks(HANA.email, requested_at=datetime.now(UTC) - timedelta(minutes=59, seconds=58))
    await world.link_mail("failed")
    assert world.notification.postbox.taken == []


@pytest.mark.heavy
async def test_a_link_goes_to_no_address_that_is_the_guardians_no_more(world: World) -> None:
    world.notification.postbox.whims.append("later")
    await world.asks(HANA.email)

    async def tried() -> bool:
        return world.notification.postbox.attempts > 0

    await eventually(tried)
    moved = HANA.model_copy(update={"email": "hana@elsewhere.test"})
    world.notification.neighbours.families["f-thompson"] = (moved,)
    await world.link_mail("cancelled")
    assert world.notification.postbox.taken == []


async def test_whoever_unsubscribes_gets_no_more_and_the_other_guardian_does(
    world: World, school: SchoolSystem
) -> None:
    world.notification.neighbours.families["f-thompson"] = (HANA, TOM)
    await world.mailed("c1")
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in world.notification.postbox.taken}
    links = {address: str(mail["List-Unsubscribe"]).strip("<>") for address, mail in mails.items()}
    assert len(set(links.values())) == 2
    assert mails[HANA.email]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert links[HANA.email].startswith(f"http://portal.test/unsubscribe/{SCHOOL_ID}/")
    for body in (text_of(mails[HANA.email]), html_of(mails[HANA.email])):
        assert body.count(links[HANA.email]) == 1
        assert "/family/key/preferences" in body

    await world.clicks(links[HANA.email], wants_mail=False)
    world.notification.neighbours.enters("c2")
    await world.notification.neighbours.publishes("c2")
    [told] = await world.notification.neighbours.hears(DeliveryFailed)
    assert (told.guardian_id, told.state, told.reason) == ("g-hana", "suppressed", "This guardian wants no mail.")
    await world.notification.mails(3)
    assert world.recipients[2:] == [TOM.email]
    # Whoever wants none is no trouble of the office's; and still gets the link that they ask for.
    assert await school.ask("notification.query.troubles", {}) == {"mails": []}
    await world.asks(HANA.email)
    await world.notification.mails(4)
    assert world.recipients[3] == HANA.email

    await world.clicks(links[HANA.email], wants_mail=True)
    await world.mailed("c3")
    assert sorted(world.recipients[4:]) == [HANA.email, TOM.email]


async def test_a_link_that_is_nobodys_changes_nothing_and_the_secret_is_kept_nowhere(world: World) -> None:
    await world.mailed("c1")
    link = str(world.notification.postbox.taken[0]["List-Unsubscribe"]).strip("<>")
    await world.clicks(link[:-1], wants_mail=False)
    await world.mailed("c2")
    kept = await world.notification.rows("SELECT * FROM notification.unsubscribe_link")
    assert len(kept) == 2
    assert link.rpartition("/")[2] not in str(kept)


async def test_of_choices_in_any_order_the_one_that_was_made_last_counts(world: World) -> None:
    now = datetime.now(UTC)
    await world.chooses("g-hana", wants_mail=False, chosen_at=now)
    await world.chooses("g-hana", wants_mail=True, chosen_at=now - timedelta(seconds=1))
    await world.mailed("c1", "suppressed")
    await world.chooses("g-hana", wants_mail=True, language="ar", chosen_at=now + timedelta(seconds=1))
    await world.mailed("c2")
    assert '<html lang="ar" dir="rtl">' in html_of(world.notification.postbox.taken[0])


async def test_the_portal_is_told_what_a_familys_guardians_want_and_no_address(world: World) -> None:
    world.notification.neighbours.families["f-thompson"] = (TOM, HANA)
    await world.chooses("g-hana", wants_mail=False, language="mi")
    answer = await world.portal.bus.ask(PREFERENCES, SCHOOL_ID, AskPreferences(family_id="f-thompson"))
    assert [(each.guardian_id, each.name, each.wants_mail, each.language) for each in answer.guardians] == [
        ("g-tom", "Tom Thompson", True, None),
        ("g-hana", "Hana Thompson", False, "mi"),
    ]
    assert set(answer.languages) == {"en", "mi", "de", "fr", "ar"}
    assert "@" not in answer.model_dump_json()


@pytest.mark.heavy
async def test_a_choice_is_one_guardians_of_one_family(world: World) -> None:
    stranger = Guardian(guardian_id="g-hana", name="Another Hana", email="other@family.test")
    world.notification.neighbours.families["f-ngata"] = (stranger,)
    await world.chooses("g-hana", wants_mail=False, family_id="f-ngata")
    await world.mailed("c1")
    assert world.recipients == [HANA.email]
