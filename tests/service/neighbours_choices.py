"""Portal and notification, each played for the other, as far as families ask for a link or choose their mails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from contracts.catalogue import FAMILY_LINK, PREFERENCES
from contracts.envelope import wrap
from contracts.family_queries import AskFamilyLink, AskPreferences, FamilyLink, GuardianPreference, Preferences
from contracts.portal import LinkRequested, MailsChosen, MailsChosenByLink
from deploy.embedded.nats import NatsServer
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.school import SCHOOL_ID


@dataclass
class PlayedPortal:
    bus: Bus
    links: list[str] = field(default_factory=list)
    """That it made."""
    answering: bool = True

    async def says(self, event: LinkRequested | MailsChosen | MailsChosenByLink, message_id: str | None = None) -> None:
        await self.bus.publish(wrap(event, SCHOOL_ID, source="/laurel/portal", message_id=message_id))

    async def _family_link(self, _: str, asked: AskFamilyLink) -> FamilyLink:
        if not self.answering:
            raise ConnectionRefusedError("its Postgres is away")
        self.links.append(f"http://portal.test/family/{asked.family_id}-{len(self.links)}")
        return FamilyLink(family_url=self.links[-1])


@asynccontextmanager
async def played_portal(server: NatsServer) -> AsyncIterator[PlayedPortal]:
    portal = PlayedPortal(Bus("portal", server.url("portal"), Metrics()))
    portal.bus.answer(FAMILY_LINK, portal._family_link)
    async with _on_the_bus(portal.bus):
        yield portal


@dataclass
class PlayedNotification:
    bus: Bus
    guardians: tuple[GuardianPreference, ...] = ()
    asked: list[str] = field(default_factory=list)
    """The families that it was asked for."""

    async def _preferences(self, _: str, asked: AskPreferences) -> Preferences:
        self.asked.append(asked.family_id)
        return Preferences(guardians=self.guardians, languages=("en", "mi", "ar"))


@asynccontextmanager
async def played_notification(server: NatsServer) -> AsyncIterator[PlayedNotification]:
    notification = PlayedNotification(Bus("notification", server.url("notification"), Metrics()))
    notification.bus.answer(PREFERENCES, notification._preferences)
    async with _on_the_bus(notification.bus):
        yield notification


@asynccontextmanager
async def _on_the_bus(bus: Bus) -> AsyncIterator[None]:
    await bus.start()
    await bus.broker.start()
    yield
    await bus.stop()
