"""What notification tells of mails that a person had sent again: it is written down who did."""

from __future__ import annotations

from contracts.catalogue import TYPE_OF
from contracts.certificates import ResendMail
from contracts.notification import Resent
from services.progression.audit import mail_resent, record
from services.progression.store import sql
from services.progression.work import Work


async def resent(work: Work, event: Resent) -> None:
    """Once for a command, however often it is told."""
    claimed = sql.claim_commands(
        work.connection,
        school_ids=[work.school_id],
        command_ids=[event.command_id],
        types=[TYPE_OF[ResendMail].type],
        now=work.now,
    )
    if [row async for row in claimed]:
        await record(work, mail_resent(event))
