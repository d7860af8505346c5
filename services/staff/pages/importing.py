"""Import: choose files, see what they would change, press "Import", see what was done. All of it, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from contracts.catalogue import IMPORT_CHECK, ROSTER
from contracts.commands import RefusalReason
from contracts.envelope import id_from
from contracts.roster import ImportRoster
from contracts.roster_queries import AskRoster, ImportCheck, RosterKind
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.importing import File, Problem, Upload, read
from services.staff.importing.columns import COLUMNS
from services.staff.importing.export import exported, template
from services.staff.uploads import Kept, Uploads
from services.staff.visit import NotFound, Visit, see

MOST_PROBLEMS = 1000
"""On one page."""
NO_FILE = Problem("", 0, "", "No file was chosen. Choose one or more CSV files.")
CSV = "text/csv; charset=utf-8"


class Importing:
    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    async def show(self, visit: Visit) -> Response:
        return await visit.page("import.html", problems=[], expired=False)

    async def check(self, visit: Visit) -> Response:
        """Files without a bad line are kept for a while, to be imported as they were checked."""
        files = await _files(await visit.form())
        if not files:
            return await _choose_again(visit, [NO_FILE])
        upload = await asyncio.to_thread(read, files, visit.desk.person.called)
        if upload.problems:
            return await _with_bad_lines(visit, upload)
        upload_id = await self._uploads.keep(
            visit.desk.person.account_id, upload.command, [asdict(hint) for hint in upload.hints]
        )
        return see(f"/import/{upload_id}")

    async def review(self, visit: Visit) -> Response:
        """What the files would change, or what they did."""
        upload_id, kept = await self._kept(visit)
        if kept is None:
            return await visit.page("import.html", status=HTTPStatus.GONE, problems=[], expired=True)
        if kept.command is None:
            return await visit.page("import_done.html", counts=kept.summary, going_on=False, reasons=[])
        if kept.summary is not None:
            return await self._on_its_way(visit, upload_id, kept)
        return await _checked(visit, kept.command, kept.remarks)

    async def act(self, visit: Visit) -> Response:
        """One upload is one command, however often it is pressed."""
        upload_id, kept = await self._kept(visit)
        if kept is not None and kept.command is not None:
            if kept.summary is None:
                check = await visit.desk.ask(IMPORT_CHECK, kept.command)
                await self._uploads.pressed(upload_id, [count.model_dump() for count in check.counts])
            command_id = _command_id(visit, upload_id)
            await visit.desk.command(kept.command, command_id)
            await visit.desk.outcome(command_id)
        return see(f"/import/{upload_id}")

    async def _on_its_way(self, visit: Visit, upload_id: UUID, kept: Kept) -> Response:
        outcome = await visit.desk.outcome_now(_command_id(visit, upload_id))
        if outcome.state == "accepted":
            await self._uploads.imported(upload_id)
        # A command that was refused stays refused: the files have to be chosen anew, mended.
        return await visit.page(
            "import_done.html",
            counts=kept.summary,
            going_on=outcome.state == "unknown",
            reasons=[reason.message for reason in outcome.reasons],
        )

    async def _kept(self, visit: Visit) -> tuple[UUID, Kept | None]:
        upload_id: UUID = visit.request.path_params["upload_id"]
        return upload_id, await self._uploads.get(visit.desk.person.account_id, upload_id)


def _command_id(visit: Visit, upload_id: UUID) -> str:
    return id_from("import", visit.desk.school_id, upload_id)


async def _files(form: FormData) -> list[File]:
    """Those that were chosen: a browser sends an empty one where there is none."""
    chosen = [each for each in form.getlist("files") if isinstance(each, UploadFile) and each.filename]
    return [File(each.filename or "", await each.read()) for each in chosen]


async def _choose_again(visit: Visit, problems: Sequence[Problem]) -> Response:
    return await visit.page(
        "import.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        problems=[str(problem) if problem.file else problem.message for problem in problems],
        expired=False,
    )


async def _with_bad_lines(visit: Visit, upload: Upload) -> Response:
    """Every bad line, and what the good ones would change if they came alone."""
    try:
        check = await visit.desk.ask(IMPORT_CHECK, upload.command)
    except (NobodyAnswered, QueryRefused):
        check = ImportCheck(counts=(), changes=(), problems=())
    problems = [*upload.problems, *(_as_problem(each) for each in check.problems if not _is_spoilt(upload, each))]
    return await visit.page(
        "import_check.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        check=check,
        problems=problems[:MOST_PROBLEMS],
        problems_in_all=len(problems) + check.problems_left_out,
        remarks=[asdict(hint) for hint in upload.hints],
        words=FIELD_WORDS,
    )


async def _checked(visit: Visit, command: ImportRoster, remarks: Sequence[dict[str, Any]]) -> Response:
    check = await visit.desk.ask(IMPORT_CHECK, command)
    return await visit.page(
        "import_check.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if check.problems else HTTPStatus.OK,
        check=check,
        problems=[_as_problem(reason) for reason in check.problems],
        problems_in_all=len(check.problems) + check.problems_left_out,
        remarks=[*remarks, *(asdict(_as_problem(hint)) for hint in check.hints)],
        words=FIELD_WORDS,
    )


def _is_spoilt(upload: Upload, reason: RefusalReason) -> bool:
    """Whether it only misses what stands on a bad line: mended, it will be there."""
    kind, place, name = (reason.path or "..").split(".")
    missed: RosterKind | None = {"unknown_family": "families", "unknown_level": "levels"}.get(reason.code)  # type: ignore[assignment]
    if missed is None or not place.isdigit():
        return False
    thing = getattr(upload.command, kind)[int(place)]
    return getattr(thing, name) in upload.spoilt.get(missed, ())


def _as_problem(reason: RefusalReason) -> Problem:
    """`students.csv, line 18: There is no family …` as its parts."""
    place, _, message = reason.message.partition(": ")
    file, _, line = place.rpartition(", line ")
    if not line.isdigit():
        return Problem("", 0, "", reason.message)
    return Problem(file, int(line), (reason.path or "").rpartition(".")[2], message)


# --- files to begin with


async def template_file(visit: Visit) -> Response:
    """The header alone."""
    kind = _kind(visit)
    return _download(template(kind), f"{kind}-template.csv")


async def current_file(visit: Visit) -> Response:
    """All that the records hold of this kind, to be changed and imported again."""
    kind = _kind(visit)
    put: list[Any] = []
    after: str | None = None
    while True:
        page = await visit.desk.ask(ROSTER, AskRoster(kind=kind, after=after))
        put += getattr(page, kind)
        after = page.next_after
        if after is None:
            return _download(await asyncio.to_thread(exported, kind, put), f"{kind}.csv")


def _kind(visit: Visit) -> RosterKind:
    for kind in COLUMNS:
        if kind == visit.request.path_params["kind"]:
            return kind
    raise NotFound


def _download(content: bytes, name: str) -> Response:
    return Response(content, media_type=CSV, headers={"Content-Disposition": f'attachment; filename="{name}"'})


FIELD_WORDS = {
    "name": "Name",
    "position": "Place in the ladder",
    "next_level_id": "Next level",
    "layout_id": "Layout",
    "auto_issue": "Issues by itself",
    "skills": "Skills",
    "guardians": "Guardians",
    "family_id": "Family",
    "given_name": "Given name",
    "family_name": "Family name",
    "preferred_name": "Preferred name",
    "level_id": "Level",
    "class_name": "Class",
    "venue_id": "Venue",
    "weekday": "Day",
}
"""A field, in the words that staff read."""
