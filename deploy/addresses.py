"""Where everything of an embedded stack is to be found, worked out from what its home keeps."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Self

from contracts.base import GIVEN_ID_PATTERN
from contracts.catalogue import SCHOOL
from deploy.credentials import POSTGRES, STAFF_ACCOUNT, credentials
from deploy.embedded.postgres import DATABASE, SUPERUSER
from deploy.endpoints import Endpoints
from deploy.home import Home
from deploy.ports import ports

DEFAULT_SCHOOL = "demo"
STAFF_USER = "manager"


class WrongSchool(Exception):
    """LAUREL_SCHOOL is no id, or another than the home's; the text says which."""


@dataclass(frozen=True)
class Addresses:
    home: Home
    school_id: str
    ports: dict[str, int]
    passwords: dict[str, str]

    @classmethod
    def of(cls, home: Home) -> Self:
        """What is missing (at the first start: all of it) is chosen now and kept in the home. WrongSchool."""
        return cls(home, _school_of(home), ports(home), credentials(home))

    def nats(self, user: str) -> str:
        return f"nats://{user}:{self.passwords[user]}@127.0.0.1:{self.ports['nats']}"

    def postgres(self, role: str = SUPERUSER) -> str:
        password = self.passwords[POSTGRES if role == SUPERUSER else role]
        return f"postgresql://{role}:{password}@127.0.0.1:{self.ports['postgres']}/{DATABASE}"

    def web(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def smtp(self) -> str:
        return f"127.0.0.1:{self.ports['smtp']}"

    @property
    def artefacts(self) -> str:
        return self.home.artefacts.as_uri()

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            nats=self.nats(SCHOOL),
            staff=self.web("staff"),
            portal=self.web("portal"),
            inbox=self.web("inbox"),
            smtp=self.smtp,
            postgres=self.postgres(),
            school=self.school_id,
            staff_user=STAFF_USER,
            staff_password=self.passwords[STAFF_ACCOUNT],
        )


def chosen_school(otherwise: str = DEFAULT_SCHOOL) -> str:
    """LAUREL_SCHOOL. WrongSchool for what is no id."""
    school_id = os.environ.get("LAUREL_SCHOOL") or otherwise
    if not re.fullmatch(GIVEN_ID_PATTERN, school_id):
        raise WrongSchool(f"LAUREL_SCHOOL={school_id}: an id has 1 to 64 letters, digits, _ or -")
    return school_id


def _school_of(home: Home) -> str:
    """A home is of one school for good: its broker, its accounts and its certificates are."""
    kept = home.kept("school.json", lambda kept: kept or {"school": chosen_school()})["school"]
    if chosen_school(otherwise=kept) != kept:
        raise WrongSchool(f"{home.folder} is of the school {kept}: set LAUREL_HOME to another folder")
    return kept
