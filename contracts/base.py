"""The shapes that every message shares: ids, names, dates, and a frozen body.

Bodies are read strictly as JSON (a string is never taken for a number), and unknown fields
are ignored, so that a producer may add an optional field without breaking a version 1 reader.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

GIVEN_ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
# Control characters have no place in a name: they would break a mail header or a PDF.
LINE_PATTERN = r"^[^\x00-\x1f\x7f]*$"
TEXT_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

GivenId = Annotated[str, StringConstraints(pattern=GIVEN_ID_PATTERN)]
"""An id that the school's systems give."""

MintedId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""An id that Laurel mints: a UUID."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE_PATTERN)]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=TEXT_PATTERN)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=TEXT_PATTERN)]
EmailAddress = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A BCP 47 language tag such as `en-NZ` or `mi`."""

TimeZone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", max_length=64)]
"""An IANA time zone such as `Pacific/Auckland`."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[int, Field(ge=1)]
Instant = AwareDatetime
"""A moment in time, RFC 3339 with an offset."""

LocalDate = date
"""A date at the venue, `YYYY-MM-DD`."""

EmailPolicy = Literal["send", "none"]
CertificateKind = Literal["level", "ad_hoc"]
SkillKind = Literal["tick", "scale"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _mark_value(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or (isinstance(value, int) and 0 <= value <= 100):
        return value
    raise ValueError("a tick is true or false, a scale is a whole number from 0 to 100")


MarkValue = Annotated[
    bool | int,
    BeforeValidator(_mark_value),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "integer", "minimum": 0, "maximum": 100}]}),
]


class Body(BaseModel):
    """The JSON body of a message, or a part of one: frozen, strict, blind to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    def json_bytes(self) -> bytes:
        """The body as it travels; absent optional fields are left out."""
        return self.model_dump_json(exclude_none=True).encode()
