"""What progression answers when it is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts import catalogue
from contracts.queries import (
    AskCertificate,
    AskClass,
    AskCommand,
    AskGuardians,
    AskPending,
    AskStudent,
    AskStudents,
    AskWeeks,
    Certificate,
    CertificateSummary,
    Classes,
    ClassProgress,
    CommandOutcome,
    Everything,
    Guardians,
    School,
    SchoolClass,
    StudentPage,
    StudentProgress,
    Students,
    Summary,
    TeacherRef,
    Teachers,
    Week,
    Weeks,
)
from contracts.roster import Guardian, Venue
from services.kit.broker import Bus, QueryRefused
from services.kit.postgres import Connection, Database
from services.progression import views
from services.progression.asked_names import open_requests
from services.progression.domain import School as KnownSchool
from services.progression.domain import local_date
from services.progression.store import load_school, sql
from services.progression.waiting import pending


class Answers:
    """Each method answers one query for one school. QueryRefused where the thing asked about does not exist."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_on(self, bus: Bus) -> None:
        bus.answer(catalogue.SUMMARY, self.summary)
        bus.answer(catalogue.WEEKS, self.weeks)
        bus.answer(catalogue.STUDENT, self.student)
        bus.answer(catalogue.STUDENTS, self.students)
        bus.answer(catalogue.CLASSES, self.classes)
        bus.answer(catalogue.CLASS, self.school_class)
        bus.answer(catalogue.TEACHERS, self.teachers)
        bus.answer(catalogue.SCHOOL_ITSELF, self.school)
        bus.answer(catalogue.CERTIFICATE, self.certificate)
        bus.answer(catalogue.COMMAND, self.command)
        bus.answer(catalogue.GUARDIANS, self.guardians)

    async def summary(self, school_id: str, _: Everything) -> Summary:
        async with self._database.pool.acquire() as connection:
            return Summary(**await sql.summary(connection, school_id=school_id))

    async def weeks(self, school_id: str, asked: AskWeeks) -> Weeks:
        async with self._database.pool.acquire() as connection:
            rows = sql.issued_by_week(connection, school_id=school_id, weeks=asked.weeks, now=datetime.now(UTC))
            return Weeks(weeks=tuple([Week(**row) async for row in rows]))

    async def students(self, school_id: str, asked: AskStudents) -> Students:
        async with self._database.pool.acquire() as connection:
            rows = await _students(connection, school_id, asked)
        return Students(students=tuple(views.student_ref(row) for row in rows))

    async def student(self, school_id: str, asked: AskStudent) -> StudentPage:
        key = {"school_id": school_id, "student_id": asked.student_id}
        async with self._database.pool.acquire() as connection:
            rows = await _students(connection, school_id, AskStudents(), student_id=asked.student_id)
            if not rows:
                raise QueryRefused("unknown_student", f"There is no student “{asked.student_id}”.")
            [progress] = await _progress(connection, school_id, rows)
            of_family = sql.guardians(connection, school_id=school_id, family_id=rows[0]["family_id"])
            guardians = [row async for row in of_family]
            certificates = [row async for row in sql.certificates_of_student(connection, **key)]
            waits = await pending(connection, school_id, AskPending(student_id=asked.student_id))
            levels = [row async for row in sql.levels_of_student(connection, **key)]
        return StudentPage(
            progress=progress,
            family_name=rows[0]["family"],
            guardians=tuple(row["name"] for row in guardians),
            certificates=tuple(CertificateSummary(**views.with_reason(row)) for row in certificates),
            pending=waits,
            levels=tuple(views.completed_level(row) for row in levels),
            mail_to=tuple(views.mail_recipient(row) for row in guardians),
        )

    async def classes(self, school_id: str, _: Everything) -> Classes:
        async with self._database.pool.acquire() as connection:
            rows = [row async for row in sql.classes(connection, school_id=school_id)]
        return Classes(classes=tuple(SchoolClass(**row) for row in rows))

    async def school_class(self, school_id: str, asked: AskClass) -> ClassProgress:
        async with self._database.pool.acquire() as connection:
            school = await _known(connection, school_id)
            wanted = AskStudents(class_name=asked.class_name, venue_id=asked.venue_id)
            rows = await _students(connection, school_id, wanted)
            if not rows:
                raise QueryRefused("unknown_class", f"There is no class “{asked.class_name}”.")
            venue = await sql.venue(connection, school_id=school_id, venue_id=rows[0]["venue_id"])
            students = await _progress(connection, school_id, rows)
        return ClassProgress(
            class_name=asked.class_name,
            venue_name=venue["name"] if venue else None,
            today=local_date(datetime.now(UTC), venue["time_zone"] if venue else school.time_zone),
            students=tuple(students),
        )

    async def teachers(self, school_id: str, _: Everything) -> Teachers:
        async with self._database.pool.acquire() as connection:
            rows = [row async for row in sql.teachers(connection, school_id=school_id)]
        return Teachers(teachers=tuple(TeacherRef(**row) for row in rows))

    async def school(self, school_id: str, _: Everything) -> School:
        async with self._database.pool.acquire() as connection:
            school = await _known(connection, school_id)
            venues = [Venue(**row) async for row in sql.venues(connection, school_id=school_id)]
        return School(name=school.name, time_zone=school.time_zone, locale=school.locale, venues=tuple(venues))

    async def certificate(self, school_id: str, asked: AskCertificate) -> Certificate:
        key = {"school_id": school_id, "certificate_id": asked.certificate_id}
        async with self._database.pool.acquire() as connection:
            row = await sql.certificate(connection, **key)
            if row is None:
                await _known(connection, school_id)
                raise QueryRefused("unknown_certificate", f"There is no certificate “{asked.certificate_id}”.")
            versions = [views.version(version) async for version in sql.certificate_versions(connection, **key)]
            together = sql.mailed_together(
                connection, school_id=school_id, run_id=row["run_id"], family_id=row["family_id"]
            )
            siblings = [other["certificate_id"] async for other in together]
            asked_for = await open_requests(connection, school_id, asked.certificate_id)
        # A correction comes on its own, long after its run: it shares no mail.
        alone = row["run_id"] is None or len(versions) > 1
        found = views.certificate(row, versions, [asked.certificate_id] if alone else siblings)
        return found.model_copy(update={"correction": next(iter(asked_for), None)})

    async def command(self, school_id: str, asked: AskCommand) -> CommandOutcome:
        async with self._database.pool.acquire() as connection:
            row = await sql.command_outcome(connection, school_id=school_id, command_id=asked.command_id)
        return views.outcome(row)

    async def guardians(self, school_id: str, asked: AskGuardians) -> Guardians:
        key = {"school_id": school_id, "family_id": asked.family_id}
        async with self._database.pool.acquire() as connection:
            rows = [row async for row in sql.guardians_of_family(connection, **key)]
        if not rows:
            raise QueryRefused("unknown_family", f"There is no family “{asked.family_id}”.")
        guardians = tuple(Guardian(**row) for row in rows if row["guardian_id"] is not None)
        return Guardians(family_id=asked.family_id, guardians=guardians)


async def _known(connection: Connection, school_id: str) -> KnownSchool:
    school = await load_school(connection, school_id)
    if school is None:
        raise QueryRefused("unknown_school", f"The school “{school_id}” is not known.")
    return school


async def _students(
    connection: Connection, school_id: str, asked: AskStudents, student_id: str | None = None
) -> list[Any]:
    rows = sql.students(
        connection,
        school_id=school_id,
        student_id=student_id,
        class_name=asked.class_name,
        venue_id=asked.venue_id,
        search=views.containing(asked.search),
    )
    return [row async for row in rows]


async def _progress(connection: Connection, school_id: str, students: list[Any]) -> list[StudentProgress]:
    """The students with the skills of their levels, in one more query for all of them."""
    ids = [row["student_id"] for row in students]
    skills: dict[str, list[Any]] = {student_id: [] for student_id in ids}
    async for skill in sql.skills_with_marks(connection, school_id=school_id, student_ids=ids):
        skills[skill["student_id"]].append(skill)
    return [views.progress(row, skills[row["student_id"]]) for row in students]
