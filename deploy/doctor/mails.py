"""Mails that the mail server does not take for now: why, and since when. They are not lost, and not for the office."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg

from deploy.doctor.findings import Finding, is_long_ago, since_when
from deploy.doctor.patient import Patient

MAY_LOOK = """
SELECT true FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = 'notification' AND relname = 'mail'
    AND has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT')
"""
PUT_OFF = """
SELECT reason, count(*) AS mails, min(first_attempt_at) AS since
FROM notification.mail JOIN notification.digest USING (school_id, guardian_id, digest_key)
WHERE school_id = $1 AND state = 'queued' AND reason IS NOT NULL AND first_attempt_at IS NOT NULL
GROUP BY reason ORDER BY mails DESC LIMIT 5
"""
REMEDY = "mend what the reason says: they leave by themselves within a minute, or when the server has asked them to"


async def examine(patient: Patient, connection: asyncpg.Connection[asyncpg.Record]) -> AsyncIterator[Finding]:
    if not await connection.fetchval(MAY_LOOK):
        return
    reasons = await connection.fetch(PUT_OFF, patient.school_id)
    if not reasons:
        yield Finding("mail server", "nothing is put off")
    for row in reasons:
        says = f"{row['mails']:,} mails wait, {since_when(row['since'])}: {row['reason']}"
        yield Finding("mail server", says, REMEDY if is_long_ago(row["since"]) else None)
