"""Who is at the school and what they learn."""

from __future__ import annotations

from contracts.roster import PutFamily, PutLevel, PutSchool, PutStudent, PutTeacher, SetPreferredName
from services.kit.dates import known_locale
from services.progression.detection import reassess, reassess_level
from services.progression.domain import DEFAULT_LOCALE, School, is_time_zone, refuse
from services.progression.store import load_level, sql
from services.progression.work import Work


async def put_school(work: Work, command: PutSchool) -> None:
    for path, zone in [
        ("time_zone", command.time_zone),
        *((f"venues.{n}.time_zone", venue.time_zone) for n, venue in enumerate(command.venues)),
    ]:
        if not is_time_zone(zone):
            raise refuse("unknown_time_zone", f"“{zone}” is no IANA time zone (such as Pacific/Auckland).", path)
    locale = command.locale or DEFAULT_LOCALE
    if known_locale(locale) is None:
        raise refuse(
            "unknown_locale", f"“{locale}” is no language that dates can be written in (en-NZ is one).", "locale"
        )
    work.school = School(work.school_id, command.name, command.time_zone, locale)
    await sql.put_school(
        work.connection,
        school_id=work.school_id,
        name=command.name,
        time_zone=command.time_zone,
        locale=locale,
        pupil=command.pupil,
    )
    for venue in command.venues:
        await sql.put_venue(work.connection, school_id=work.school_id, **venue.model_dump())
    await sql.drop_other_venues(
        work.connection, school_id=work.school_id, venue_ids=[venue.venue_id for venue in command.venues]
    )


async def put_family(work: Work, command: PutFamily) -> None:
    key = {"school_id": work.school_id, "family_id": command.family_id}
    await sql.put_family(work.connection, **key, name=command.name)
    await sql.drop_guardians(work.connection, **key)
    for position, guardian in enumerate(command.guardians):
        await sql.add_guardian(work.connection, **key, position=position, **guardian.model_dump())


async def put_teacher(work: Work, command: PutTeacher) -> None:
    await sql.put_teacher(work.connection, school_id=work.school_id, **command.model_dump())


async def put_student(work: Work, command: PutStudent) -> None:
    await _their_places_are_known(work, command)
    await sql.put_student(work.connection, school_id=work.school_id, **command.model_dump())
    if command.level_id is not None:
        await reassess(work, [(command.student_id, command.level_id)])


async def set_preferred_name(work: Work, command: SetPreferredName) -> None:
    changed = await sql.set_preferred_name(work.connection, school_id=work.school_id, **command.model_dump())
    if changed is None:
        raise refuse("unknown_student", f"There is no student “{command.student_id}”.", "student_id")


async def _their_places_are_known(work: Work, command: PutStudent) -> None:
    school = {"school_id": work.school_id}
    if await sql.family(work.connection, **school, family_id=command.family_id) is None:
        raise refuse("unknown_family", f"There is no family “{command.family_id}”. Put the family first.", "family_id")
    if command.level_id and await load_level(work.connection, work.school_id, command.level_id) is None:
        raise refuse("unknown_level", f"There is no level “{command.level_id}”. Put the level first.", "level_id")
    if command.venue_id and await sql.venue(work.connection, **school, venue_id=command.venue_id) is None:
        raise refuse("unknown_venue", f"The school has no venue “{command.venue_id}”.", "venue_id")


async def put_level(work: Work, command: PutLevel) -> None:
    key = {"school_id": work.school_id, "level_id": command.level_id}
    await sql.put_level(work.connection, school_id=work.school_id, **command.model_dump(exclude={"skills"}))
    await sql.drop_skills(work.connection, **key)
    for position, skill in enumerate(command.skills):
        await sql.add_skill(work.connection, **key, position=position, **skill.model_dump())
    await reassess_level(work, command.level_id)
