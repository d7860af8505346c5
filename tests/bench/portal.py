"""The portal's pages as browsers get them, over what Starlette alone would take; and as the register grows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

import httpx

from tests.bench.lab import Figures, Lab
from tests.bench.portal_system import Portal, running_portal, served, shipped_pdf
from tests.bench.system import durable_postgres
from tests.bench.visitors import answers_a_second, asking_for

BROWSERS = 8
"""That ask at the same time."""
LINKS = 50
"""Of as many families, asked for one after the other."""
FAMILIES = 50
"""Whose page is asked for, one after the other."""
SAID_BY_THE_SERVER = {"date", "content-length"}
"""Headers that are made for each answer."""


async def shared_page(lab: Lab) -> Figures:
    """`share_page_per_s` and `bare_page_per_s`: the page of a share link, and its bytes from memory."""
    async with _portal(lab) as portal:
        link = await portal.share()
        async with _bare(lab, portal.port, link) as bare:
            pages, bytes_alone = await _in_turns(lab, (portal.port, [link]), (bare, [link]))
    return {"share_page_per_s": pages, "bare_page_per_s": bytes_alone}


async def shared_pages(lab: Lab) -> Figures:
    """`share_pages_per_s` and `bare_pages_per_s`: as `shared_page`, but no two browsers ask for the same link."""
    async with _portal(lab) as portal:
        links = await portal.shares(LINKS)
        async with _bare(lab, portal.port, links[0]) as bare:
            pages, bytes_alone = await _in_turns(lab, (portal.port, links), (bare, links))
    return {"share_pages_per_s": pages, "bare_pages_per_s": bytes_alone}


async def pdf_download(lab: Lab) -> Figures:
    """`pdf_per_s` and `static_per_s`: the PDF of a share link, and the same file from Starlette's StaticFiles."""
    async with _portal(lab) as portal:
        link = await portal.share()
        async with _bare(lab, portal.port, link) as bare:
            pdfs, files = await _in_turns(lab, (portal.port, [f"{link}.pdf"]), (bare, ["/files/certificate.pdf"]))
    return {"pdf_per_s": pdfs, "static_per_s": files}


async def family_growth(lab: Lab) -> Figures:
    """`family_small_ms` and `family_large_ms`: a family's page, one request at a time, the median turn."""
    with durable_postgres(lab.folder / "published") as postgres:
        async with (
            running_portal(lab, postgres, _folder(lab), lab.sizes.small_register) as few,
            running_portal(lab, postgres, _folder(lab), lab.sizes.large_register) as many,
        ):
            of_few, of_many = [
                (portal.port, [asking_for("/family", cookie) for cookie in await portal.let_in(FAMILIES)])
                for portal in (few, many)
            ]
            small, large = await _alternating(lab, of_few, of_many, connections=1)
    return {"family_small_ms": 1000 / small, "family_large_ms": 1000 / large}


async def _in_turns(
    lab: Lab, portal: tuple[int, Sequence[str]], bare: tuple[int, Sequence[str]]
) -> tuple[float, float]:
    """Answers a second of the paths at each port."""
    asked, asked_of_bare = [(port, [asking_for(path) for path in paths]) for port, paths in (portal, bare)]
    return await _alternating(lab, asked, asked_of_bare, connections=BROWSERS)


async def _alternating(
    lab: Lab, one: tuple[int, Sequence[bytes]], other: tuple[int, Sequence[bytes]], *, connections: int
) -> tuple[float, float]:
    """Answers a second of either, medians of turns; the first turn of each makes it warm."""
    rates: tuple[list[float], list[float]] = [], []
    for _ in range(1 + lab.sizes.portal_turns):
        for (port, requests), those in zip((one, other), rates, strict=True):
            seconds = lab.sizes.portal_turn_s
            those.append(await answers_a_second(port, requests, connections=connections, seconds=seconds))
    return median(rates[0][1:]), median(rates[1][1:])


@asynccontextmanager
async def _portal(lab: Lab) -> AsyncIterator[Portal]:
    with durable_postgres(lab.folder / "published") as postgres:
        async with running_portal(lab, postgres, _folder(lab), lab.sizes.small_register) as portal:
            yield portal


@asynccontextmanager
async def _bare(lab: Lab, port: int, link: str) -> AsyncIterator[int]:
    """The port of a bare Starlette that has this page of the portal in memory, and the PDF as a file."""
    folder = _folder(lab)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as web:
        page = await web.get(link)
    assert page.status_code == httpx.codes.OK
    headers = {name: value for name, value in page.headers.items() if name not in SAID_BY_THE_SERVER}
    (folder / "page").write_bytes(page.content)
    (folder / "headers.json").write_text(json.dumps(headers))
    (folder / "files").mkdir()
    (folder / "files" / "certificate.pdf").write_bytes(await shipped_pdf(lab))
    async with served("tests.bench.bare", folder, {"LAUREL_BARE_FOLDER": str(folder)}) as bare:
        yield bare


def _folder(lab: Lab) -> Path:
    return Path(mkdtemp(dir=lab.folder))
