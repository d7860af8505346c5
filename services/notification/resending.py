"""Mails that a person has sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.catalogue import TYPE_OF
from contracts.certificates import ResendMail
from contracts.commands import RefusalReason, Refused
from contracts.envelope import Envelope, has_strange_id, id_from, wrap
from contracts.notification import Resent
from contracts.portal import Published
from services.kit.broker import NobodyAnswered
from services.kit.delivery import Incoming, Permanent, Transient
from services.kit.outbox import queue
from services.kit.postgres import Connection, Database, load_queries
from services.kit.telemetry import current_traceparent, get_logger
from services.notification.intake import Intake
from services.notification.outcomes import SOURCE
from services.notification.register import Register

COMMAND_TYPE = TYPE_OF[ResendMail].type


class Resending:
    def __init__(self, database: Database, register: Register, intake: Intake, wake: Callable[[], None]) -> None:
        """`wake` is called when something was committed."""
        self._database = database
        self._register = register
        self._intake = intake
        self._queries = load_queries("services.notification")
        self._wake = wake

    async def resend(self, incoming: Incoming) -> None:
        """Mails of the newest version that failed, or whose fate is unknown, are queued again: once for a command.

        A version that nobody could be mailed is mailed to whoever is a guardian now.
        """
        if incoming.stem != TYPE_OF[ResendMail].stem:
            await self._refuse(incoming, "unknown_command", f"There is no command “{incoming.stem}”.")
            return
        try:
            command = _read(incoming)
        except Permanent as unreadable:
            await self._refuse(incoming, "invalid", f"The command {unreadable}.")
            raise
        if await self._mailed_after_all(incoming, command):
            self._wake()
            return
        async with self._database.transaction() as connection:
            await self._queries.lock_certificate(
                connection, school_id=incoming.school_id, certificate_id=command.certificate_id
            )
            if await self._queries.was_resent(connection, school_id=incoming.school_id, command_id=incoming.id):
                return
            await self._resend_or_refuse(connection, incoming, command)
        self._wake()

    async def _mailed_after_all(self, incoming: Incoming, command: ResendMail) -> bool:
        """Whether the family had nobody to mail, and has now. Transient where progression does not answer."""
        school_id, certificate_id = incoming.school_id, command.certificate_id
        row = await self._queries.link_that_nobody_got(
            self._database.pool, school_id=school_id, certificate_id=certificate_id
        )
        if row is None:
            return False
        try:
            certificate = await self._register.certificate(school_id, certificate_id)
            guardians = await self._register.guardians(school_id, certificate.family_id)
        except NobodyAnswered as error:
            raise Transient(str(error)) from error
        if not guardians:
            return False
        told = Published(certificate_id=certificate_id, family_id=certificate.family_id, **row)
        await self._intake.enter(school_id, told, certificate, guardians, _resent(incoming, command))
        return True

    async def _resend_or_refuse(self, connection: Connection, incoming: Incoming, command: ResendMail) -> None:
        school_id = incoming.school_id
        rows = self._queries.to_resend(
            connection,
            school_id=school_id,
            certificate_id=command.certificate_id,
            guardian_id=command.guardian_id,
        )
        found = [row async for row in rows]
        mails = [row for row in found if row["has_link"]]
        if not mails:
            code, message = ("no_link", NO_LINK) if found else ("nothing_to_resend", NOTHING)
            await queue(connection, _refused(incoming, code, message))
            return
        mail_ids = [mail["mail_id"] for mail in mails]
        await self._queries.resend(connection, mail_ids=mail_ids, command_id=incoming.id)
        await queue(connection, _resent(incoming, command))
        for mail in mails:
            await self._resume(connection, school_id, mail)
        get_logger().info("mails_resent", certificate_id=command.certificate_id, mails=len(mails))

    async def _resume(self, connection: Connection, school_id: str, mail: Any) -> None:
        guardian = {"school_id": school_id, "guardian_id": mail["guardian_id"]}
        await self._queries.lift_suppression(connection, **guardian)
        await self._queries.resume_digest(connection, **guardian, digest_key=mail["digest_key"])

    async def _refuse(self, incoming: Incoming, code: str, message: str) -> None:
        async with self._database.transaction() as connection:
            await queue(connection, _refused(incoming, code, message))
        self._wake()


def _read(incoming: Incoming) -> ResendMail:
    """Permanent, in words that repeat nothing of it."""
    if has_strange_id(incoming.headers):
        raise Permanent("cannot be read: its id is longer than 256 characters, or has control characters")
    return incoming.read(ResendMail)


NOTHING = "No mail of this certificate has failed or is of unknown fate."
NO_LINK = "The link of this mail is not kept any more. Reissue the certificate: that makes a new link, and a new mail."


def _refused(incoming: Incoming, code: str, message: str) -> Envelope:
    reason = RefusalReason(code=code, message=message)
    return _said(incoming, Refused(command_id=incoming.id, command_type=COMMAND_TYPE, reasons=(reason,)))


def _resent(incoming: Incoming, command: ResendMail) -> Envelope:
    return _said(incoming, Resent(command_id=incoming.id, **command.model_dump()))


def _said(incoming: Incoming, body: Refused | Resent) -> Envelope:
    return wrap(
        body,
        incoming.school_id,
        source=SOURCE,
        message_id=id_from(type(body).__name__, incoming.school_id, incoming.id),
        traceparent=current_traceparent.get(),
    )
