"""Whom the bench's certificates are for, and what they say: the same for the same number, at every run."""

from __future__ import annotations

from contracts.certificates import Issue

SCHOOL_ID = "bench"
LAYOUT_ID = "bench"

# fmt: off
GIVEN = ("Aroha", "Wiremu", "Ngāhuia", "Māia", "Siobhán", "Zoë", "Łukasz", "Beatrix", "Håkon", "Françoise", "Tāmati",
         "Oluwaseun", "Emily", "Đặng", "Noor", "Jiří")
FAMILY = ("Ngata", "Parata", "O'Brien", "Wright", "Müller", "Nguyễn", "Kowalski", "Tūhoe", "Sørensen", "Ångström",
          "Hart", "Patel", "Reed")
# fmt: on
LEVELS = ("Seahorse", "Starfish", "Dolphin", "Orca", "Turtle", "Stingray", "Kingfish")
PRAISE = (
    "You were brave from the first day, {name}. We are proud of your backstroke!",
    "Three tries at the deep end, {name}, and then you just did it.",
    "The whole class cheered when you touched the wall, {name}.",
    "Keep those long arms, {name}: they will carry you far.",
    "{name}, nobody floats as calmly as you do.",
)


def fields_of(number: int) -> dict[str, str]:
    """The fields of the certificate with this number; names repeat after a few hundred, as in a school they do."""
    given, family = GIVEN[number % len(GIVEN)], FAMILY[number % len(FAMILY)]
    level = LEVELS[number % len(LEVELS)]
    return {
        "recipient_name": f"{given} {family}",
        "level_name": f"{level} Level {number % 9 + 1}",
        "title": f"{level} Certificate",
        "issued_on": f"{number % 28 + 1} September 2026",
        "teacher_name": f"{GIVEN[number * 7 % len(GIVEN)]} {FAMILY[number * 5 % len(FAMILY)]}",
        "school_name": "Kauri Coast Swim School",
        "number": f"KC-2026-{number:06}",
        "notes": PRAISE[number % len(PRAISE)].format(name=given),
        "verify_url": f"https://portal.example/verify/{number:08}-7Q4K-92MX-HD3T",
    }


def command_of(number: int, layout_version: int) -> Issue:
    return Issue(
        certificate_id=f"c{number:07}",
        version=1,
        layout_id=LAYOUT_ID,
        layout_version=layout_version,
        fields=fields_of(number),
    )
