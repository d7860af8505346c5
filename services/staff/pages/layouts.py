"""Layouts: how each looks and who uses it, and a new version from a zip of its folder, checked before it counts."""

from __future__ import annotations

import asyncio
import base64
from collections import defaultdict
from http import HTTPStatus
from pathlib import PurePath
from typing import Literal

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from contracts.catalogue import LAYOUT_PREVIEW, LAYOUT_VERSIONS, LAYOUTS, LEVELS, PUBLISH_LAYOUT
from contracts.layout_queries import (
    MOST_ZIP_BYTES,
    AskLayoutPreview,
    AskLayoutVersions,
    LayoutVerdict,
    PublishLayout,
)
from contracts.queries import Everything
from contracts.roster import PutLevel
from services.kit.broker import NobodyAnswered, QueryRefused
from services.staff.forms import text, whole
from services.staff.ladder import id_of
from services.staff.visit import NotFound, Visit, is_missing, see

PICTURES: dict[str, tuple[Literal["sample", "longest"], int]] = {
    "small": ("sample", 480),
    "sample": ("sample", 1400),
    "longest": ("longest", 1400),
}
"""By the name in the address: with which texts, and how wide."""
FOR_A_DAY = "private, max-age=86400"
"""A version never changes, and only sample texts are on it."""


async def show_all(visit: Visit) -> Response:
    return await _page(visit)


async def show(visit: Visit) -> Response:
    found, used = await asyncio.gather(
        visit.desk.ask(LAYOUT_VERSIONS, AskLayoutVersions(layout_id=visit.id_in_path("layout_id"))), _used(visit)
    )
    asked = whole(visit.request.query_params.get("version", ""))
    version = asked if asked in found.versions else found.layout.layout_version
    return await visit.page(
        "layout.html",
        layout=found.layout,
        version=version,
        versions=found.versions,
        used=used and used[found.layout.layout_id],
        published="published" in visit.request.query_params,
        same="same" in visit.request.query_params,
    )


async def picture(visit: Visit) -> Response:
    if visit.request.path_params["texts"] not in PICTURES or visit.request.path_params["version"] < 1:
        raise NotFound
    texts, width = PICTURES[visit.request.path_params["texts"]]
    asked = AskLayoutPreview(
        layout_id=visit.id_in_path("layout_id"),
        layout_version=visit.request.path_params["version"],
        texts=texts,
        width=width,
    )
    try:
        drawn = await visit.desk.ask_bytes(LAYOUT_PREVIEW, asked)
    except (NobodyAnswered, QueryRefused) as error:
        missing = isinstance(error, QueryRefused) and is_missing(error)
        return Response(status_code=HTTPStatus.NOT_FOUND if missing else HTTPStatus.SERVICE_UNAVAILABLE)
    return Response(drawn, media_type="image/jpeg", headers={"Cache-Control": FOR_A_DAY})


async def upload(visit: Visit) -> Response:
    """Checked as `laurel layouts check` does; published if that was pressed, and nothing is wrong."""
    form = await visit.form()
    layouts = (await visit.desk.ask(LAYOUTS, Everything())).layouts
    chosen = form.get("folder")
    if not isinstance(chosen, UploadFile) or not chosen.filename:
        return await _page(visit, told="No file was chosen. Choose the zip of a layout's folder.")
    content = await chosen.read()
    if len(content) > MOST_ZIP_BYTES:
        return await _page(visit, told=f"The zip is over {MOST_ZIP_BYTES // 1_000_000} MB. Make its images smaller.")
    known = {layout.layout_id for layout in layouts}
    layout_id = text(form, "layout_id")
    if layout_id not in known:
        layout_id = id_of(PurePath(chosen.filename).stem, known, otherwise="layout")
    return await _judged(visit, form, layout_id, content, chosen.filename)


async def _judged(visit: Visit, form: FormData, layout_id: str, content: bytes, name: str) -> Response:
    publish = text(form, "do") == "publish"
    question = PublishLayout(
        layout_id=layout_id,
        zip=base64.b64encode(content).decode(),
        publish=publish,
        requested_by=visit.desk.person.called,
    )
    try:
        verdict = await visit.desk.ask(PUBLISH_LAYOUT, question)
    except NobodyAnswered:
        told = "The layout could not be checked: nobody who prints answers just now. Choose it again in a minute."
        return await _page(visit, told=told)
    if publish and not verdict.problems:
        return see(f"/layouts/{layout_id}?{'published' if verdict.new else 'same'}")
    return await _page(visit, verdict=verdict, checked=name)


async def _page(
    visit: Visit, *, told: str | None = None, verdict: LayoutVerdict | None = None, checked: str = ""
) -> Response:
    found, used = await asyncio.gather(visit.desk.ask(LAYOUTS, Everything()), _used(visit))
    wrong = told is not None or (verdict is not None and bool(verdict.problems))
    return await visit.page(
        "layouts.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        layouts=found.layouts,
        used=used,
        told=[told] if told else [],
        verdict=verdict,
        checked=checked,
    )


async def _used(visit: Visit) -> dict[str, list[PutLevel]] | None:
    """By layout, the levels that use it; None where the records do not answer."""
    try:
        ladder = await visit.desk.ask(LEVELS, Everything())
    except (NobodyAnswered, QueryRefused):
        return None
    used: dict[str, list[PutLevel]] = defaultdict(list)
    for each in ladder.levels:
        if each.level.layout_id:
            used[each.level.layout_id].append(each.level)
    return used
