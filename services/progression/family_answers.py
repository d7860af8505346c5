"""Whose an e-mail address is: for a family that wants a new link."""

from __future__ import annotations

from typing import Any

from contracts.catalogue import GUARDIANS_BY_ADDRESS
from contracts.family_queries import AskGuardiansByAddress, FamilyGuardian, GuardiansByAddress
from contracts.roster import Guardian
from services.kit.broker import Bus, QueryRefused
from services.kit.postgres import Database
from services.progression.store import load_school, sql


class FamilyAnswers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_on(self, bus: Bus) -> None:
        bus.answer(GUARDIANS_BY_ADDRESS, self.guardians_by_address)

    async def guardians_by_address(self, school_id: str, asked: AskGuardiansByAddress) -> GuardiansByAddress:
        address_sha256 = bytes.fromhex(asked.address_sha256)
        async with self._database.pool.acquire() as connection:
            school = await load_school(connection, school_id)
            if school is None:
                raise QueryRefused("unknown_school", f"The school “{school_id}” is not known.")
            rows = sql.guardians_by_address(connection, school_id=school_id, address_sha256=address_sha256)
            guardians = [FamilyGuardian(family_id=row["family_id"], guardian=_guardian(row)) async for row in rows]
        return GuardiansByAddress(school_name=school.name, locale=school.locale, guardians=tuple(guardians))


def _guardian(row: Any) -> Guardian:
    return Guardian(guardian_id=row["guardian_id"], name=row["name"], email=row["email"], locale=row["locale"])
