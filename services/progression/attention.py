"""What waits for a person: certificates and their families, and the messages that were kept aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import catalogue, queries
from contracts.erasure import CONFIRMS
from contracts.mail_queries import Addressees, AddresseesOf, AskAddressees
from contracts.queries import MailRecipient
from contracts.rendering import FailureReason
from services.kit.broker import Bus, QueryRefused
from services.kit.dead_letters import DeadLetter, DeadLetters, NoSuchLetter
from services.kit.postgres import Connection, Database
from services.progression import views
from services.progression.asked_names import open_requests
from services.progression.store import sql

STUCK_AFTER = timedelta(minutes=5)
"""Nobody has to be told of what is merely on its way, or of a run that is being printed."""

MOST = 500


class Attention:
    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.ATTENTION, self.attention)
        bus.answer(catalogue.ADDRESSEES, self.addressees)
        bus.answer(catalogue.DEAD_LETTERS, self.dead_letters)
        bus.answer(catalogue.DEAD_LETTER, self.dead_letter)

    async def attention(self, school_id: str, _: queries.Everything) -> queries.Attention:
        before = datetime.now(UTC) - STUCK_AFTER
        async with self._database.pool.acquire() as connection:
            rows = sql.certificate_troubles(connection, school_id=school_id, before=before)
            troubles = tuple([_trouble(row) async for row in rows])
            open_ones = sql.open_erasures_since(connection, school_id=school_id, before=before)
            erasures = tuple([_unfinished(row) async for row in open_ones])
            corrections = await open_requests(connection, school_id)
        return queries.Attention(
            certificates=troubles,
            dead_letters=await self._letters.count(school_id),
            erasures=erasures,
            corrections=corrections,
        )

    async def addressees(self, school_id: str, asked: AskAddressees) -> AddresseesOf:
        key = {"school_id": school_id, "certificate_ids": list(asked.certificate_ids)}
        async with self._database.pool.acquire() as connection:
            rows = [row async for row in sql.certificates_by_id(connection, **key)]
            families = await _guardians(connection, school_id, {row["family_id"] for row in rows})
        return AddresseesOf(
            certificates=tuple(
                Addressees(
                    certificate_id=row["certificate_id"],
                    number=row["number"],
                    title=row["title"],
                    student=views.student_ref(row),
                    guardians=tuple(families[row["family_id"]]),
                )
                for row in rows
            )
        )

    async def dead_letters(self, school_id: str, _: queries.Everything) -> queries.DeadLetters:
        letters: list[queries.DeadLetter] = []
        async for letter in self._letters.all(school_id):
            letters.append(_shown(letter))
            if len(letters) == MOST:
                break
        return queries.DeadLetters(letters=tuple(letters))

    async def dead_letter(self, school_id: str, asked: queries.AskDeadLetter) -> queries.DeadLetterContent:
        try:
            letter = await self._letters.get(asked.letter_id)
        except NoSuchLetter as missing:
            raise QueryRefused("not_found", str(missing)) from missing
        if letter.school_id != school_id:
            raise QueryRefused("not_found", f"There is no dead letter {asked.letter_id}.")
        return queries.DeadLetterContent(
            letter=_shown(letter), headers=dict(letter.headers), body=letter.body.decode(errors="replace")
        )

    @property
    def _letters(self) -> DeadLetters:
        return DeadLetters(self._bus.jetstream)


async def _guardians(
    connection: Connection, school_id: str, family_ids: Collection[str]
) -> Mapping[str, list[MailRecipient]]:
    """By family."""
    families: dict[str, list[MailRecipient]] = {family_id: [] for family_id in family_ids}
    async for row in sql.guardians_by_family(connection, school_id=school_id, family_ids=list(family_ids)):
        families[row["family_id"]].append(views.mail_recipient(row))
    return families


def _shown(letter: DeadLetter) -> queries.DeadLetter:
    return queries.DeadLetter(
        letter_id=letter.letter_id,
        subject=letter.subject,
        durable=letter.durable,
        reason=letter.reason,
        since=letter.since,
    )


def _trouble(row: Mapping[str, Any]) -> queries.CertificateTrouble:
    failed = row["state"] == "failed"
    return queries.CertificateTrouble(
        certificate_id=row["certificate_id"],
        version=row["version"],
        number=row["number"],
        title=row["title"],
        student=views.student_ref(row),
        run_id=row["run_id"],
        kind="failed" if failed else "stuck",
        since=row["since"],
        reason=FailureReason.model_validate(row["failure"]) if failed else _why_stuck(row),
    )


def _unfinished(row: Mapping[str, Any]) -> queries.ErasureTrouble:
    waits_for = [service for service in CONFIRMS if service not in row["confirmed_by"]]
    message = (
        f"A child was erased, and this is not confirmed yet by: {', '.join(waits_for) or 'the broker'}."
        " Whoever looks after Laurel sees that it runs; it is told again until it confirms."
    )
    reason = FailureReason(code="erasure_not_confirmed", message=message)
    return queries.ErasureTrouble(erasure_id=row["erasure_id"], since=row["at"], reason=reason)


def _why_stuck(row: Mapping[str, Any]) -> FailureReason:
    if row["state"] != "issuing":
        return FailureReason(
            code="not_online",
            message=f"It is {row['state']}, and the family's page or the mail does not know yet: they were told"
            f" {row['tellings']} times. Whoever looks after Laurel sees that portal and notification run.",
        )
    if row["sent_at"] is None:
        return FailureReason(
            code="waits_for_rendering",
            message="It waits to be printed. Whoever looks after Laurel sees that rendering runs, or starts another.",
        )
    return FailureReason(
        code="not_answered",
        message=f"It was sent to be printed {row['sends']} times without an answer."
        " Whoever looks after Laurel sees that rendering is well.",
    )
