"""Whoever checks a certificate learns whether it is genuine, and whether a file is the one that was issued."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from contracts.certificates import Replaced, Withdrawn
from services.portal.pages.verification import MOST_FILES
from services.portal.uploads import LARGEST, PATIENCE
from tests.running import served
from tests.service.neighbours_families import PDF, SCHOOL_NAME, issued, pdf_of
from tests.service.portal_running import Portal

HERE = "/verify/code-c1"
ISSUED = "This is exactly the file that was issued</strong> (version 1), and the certificate is valid"
ANOTHER = "This is not the file that was issued for this certificate"
FORMS_WITHOUT_A_FILE: list[dict[str, Any]] = [
    {},
    {"data": {"pdf": "text"}},
    {"files": {"pdf": ("", b"")}},
    {"files": {"pdf": ("empty.pdf", b"")}},
    {"content": PDF, "headers": {"content-type": "application/pdf"}},
    {"content": b"--x\r\nnonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    {"content": b"nonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    {"content": PDF, "headers": {"content-type": "multipart/form-data"}},
    {"content": PDF, "headers": {"content-type": f"multipart/form-data; boundary={'x' * 100_000}"}},
]


async def compared(portal: Portal, content: bytes, at: str = HERE) -> httpx.Response:
    return await portal.web.post(at, files={"pdf": ("certificate.pdf", content, "application/pdf")})


async def test_a_file_is_told_apart_from_every_other(portal: Portal) -> None:
    others = b"%PDF-1.7 of another child"
    await portal.issue(issued("c1"))
    await portal.issue(issued("c2", title="Turtle 2", pdf=pdf_of("c2", 1, others)), others)
    assert ISSUED in (await compared(portal, PDF)).text
    told = {(await compared(portal, content)).text for content in (others, PDF + b"\n", PDF[:-1], b"x" * 3_000_000)}
    (page,) = told
    assert ANOTHER in page
    assert "a copy with a shortened name" in page
    assert "Turtle 2" not in page
    assert "forged" not in page
    unknown = await compared(portal, PDF, "/verify/nothing")
    assert (unknown.status_code, unknown.text) == (404, (await portal.web.get("/verify/nothing")).text)


async def test_a_file_says_what_became_of_its_version(portal: Portal) -> None:
    newer = PDF + b"% corrected"
    await portal.issue(issued("c1"))
    await portal.neighbours.says(Replaced(certificate_id="c1", version=1, reason="a wrong name", by_version=2))
    await portal.issue(issued("c1", 2, pdf=pdf_of("c1", 2, newer)), newer)
    old = (await compared(portal, PDF)).text
    assert "and replaced by a corrected one later" in old
    assert "(version 1)" in old
    assert "exactly the file that was issued</strong> (version 2)" in (await compared(portal, newer)).text
    await portal.neighbours.says(Withdrawn(certificate_id="c1", version=2, reason="a mistake"))
    await portal.neighbours.settled("portal")
    assert "and withdrawn later" in (await compared(portal, newer)).text


async def test_a_form_without_a_file_is_told_to_choose_one(portal: Portal) -> None:
    await portal.issue(issued("c1"))
    for sent in FORMS_WITHOUT_A_FILE:
        page = await portal.web.post(HERE, **sent)
        assert page.status_code == 400, sent
        assert "Please choose the PDF first" in page.text
        assert SCHOOL_NAME in page.text


async def test_a_file_that_is_too_large_is_told_so_and_read_no_further_than_it_must(portal: Portal) -> None:
    await portal.issue(issued("c1"))
    page = await compared(portal, b"x" * (LARGEST + 1))
    assert page.status_code == 413
    assert "larger than any certificate" in page.text
    assert ANOTHER in (await compared(portal, b"x" * LARGEST)).text
    async with served(portal.app) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        writer.write(
            f"POST {HERE} HTTP/1.1\r\nHost: portal\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        form = b'--x\r\nContent-Disposition: form-data; name="pdf"; filename="a.pdf"\r\n\r\n'
        writer.write(f"{len(form):x}\r\n".encode() + form + b"\r\n")
        sent, chunk = 0, 1_000_000
        answer = asyncio.create_task(reader.readline())
        while not answer.done() and sent < 2 * PATIENCE * LARGEST:
            writer.write(f"{chunk:x}\r\n".encode() + b"x" * chunk + b"\r\n")
            await writer.drain()
            sent += chunk
        assert b"413" in await answer
        assert sent < 2 * PATIENCE * LARGEST
        writer.close()


async def test_a_file_is_written_nowhere(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    await portal.issue(issued("c1"))
    for kind in ("NamedTemporaryFile", "SpooledTemporaryFile", "TemporaryFile"):
        monkeypatch.setattr(f"tempfile.{kind}", None)
    monkeypatch.setattr("starlette.formparsers.SpooledTemporaryFile", None)
    assert ANOTHER in (await compared(portal, b"x" * 3_000_000)).text


async def test_who_compares_very_many_files_is_asked_to_wait_and_still_sees_the_page(portal: Portal) -> None:
    await portal.issue(issued("c1"))
    statuses = [(await compared(portal, b"%PDF")).status_code for _ in range(MOST_FILES + 3)]
    assert statuses == [200] * MOST_FILES + [429] * 3
    refused = await compared(portal, b"%PDF")
    assert 0 < int(refused.headers["retry-after"]) <= 300
    assert "Please try again in" in refused.text
    assert (await portal.web.get(HERE)).status_code == 200
