"""A PDF comes in pieces, from wherever a download broke off, and never with another byte than was registered."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from contextlib import suppress
from email import message_from_bytes
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from contracts.certificates import Issued, Withdrawn
from services.portal.pdfs import PIECE
from tests.running import served
from tests.service.neighbours_families import issued, keep_pdf, pdf_of
from tests.service.portal_running import Portal

SMALL = random.Random(6).randbytes(40_000)
LARGE = random.Random(7).randbytes(3 * PIECE + 4_321)


async def put_online(portal: Portal, certificate: str, content: bytes) -> tuple[Issued, str]:
    """What was issued, and the path of its PDF for the family."""
    event = issued(certificate, pdf=pdf_of(certificate, 1, content))
    home = await portal.issue(event, content)
    return event, f"{home}/certificates/{certificate}/1.pdf"


async def test_a_download_goes_on_from_wherever_it_broke_off(portal: Portal) -> None:
    for certificate, content in (("small", SMALL), ("large", LARGE)):
        _, path = await put_online(portal, certificate, content)
        size = len(content)
        whole = await portal.web.get(path)
        assert whole.content == content
        assert whole.headers["accept-ranges"] == "bytes"
        assert whole.headers["content-length"] == str(size)
        etag = whole.headers["etag"]
        assert etag == f'"{hashlib.sha256(content).hexdigest()}"'
        for asked, start, end in (
            ("bytes=0-0", 0, 1),
            ("bytes=100-", 100, size),
            ("bytes=-100", size - 100, size),
            (f"bytes={size - 1}-{size + 99}", size - 1, size),
            (f"bytes={size // 2}-{size // 2 + 30_000}", size // 2, min(size // 2 + 30_001, size)),
            (f"bytes=5-{min(size, 2 * PIECE) - 7}", 5, min(size, 2 * PIECE) - 6),
        ):
            for condition in ({}, {"if-range": etag}):
                part = await portal.web.get(path, headers={"range": asked, **condition})
                assert part.status_code == 206, asked
                assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
                assert part.content == content[start:end]
        for outdated in ('"another"', f"W/{etag}", "Thu, 01 Jan 1970 00:00:00 GMT"):
            again = await portal.web.get(path, headers={"range": "bytes=100-", "if-range": outdated})
            assert (again.status_code, again.content) == (200, content)
        too_far = await portal.web.get(path, headers={"range": f"bytes={size}-"})
        assert too_far.status_code == 416
        assert too_far.headers["content-range"] == f"bytes */{size}"


async def test_several_ranges_come_as_the_parts_of_one_answer(portal: Portal) -> None:
    _, path = await put_online(portal, "c1", LARGE)
    ranges = [(10, 20), (PIECE - 5, PIECE + 5), (len(LARGE) - 3, len(LARGE))]
    asked = "bytes=" + ", ".join(f"{start}-{end - 1}" for start, end in ranges)
    answer = await portal.web.get(path, headers={"range": asked})
    assert answer.status_code == 206
    assert len(answer.content) == int(answer.headers["content-length"])
    header = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = answer.content.split(b"--" + answer.headers["content-type"].partition("boundary=")[2].encode())[1:-1]
    assert message_from_bytes(header + answer.content).is_multipart()
    assert [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts] == [LARGE[a:b] for a, b in ranges]


async def test_who_holds_the_bytes_already_is_told_so_and_not_sent_them(portal: Portal) -> None:
    _, path = await put_online(portal, "c1", SMALL)
    etag = (await portal.web.get(path)).headers["etag"]
    for held in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await portal.web.get(path, headers={"if-none-match": held})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert (await portal.web.get(path, headers={"if-none-match": '"other"'})).content == SMALL
    head = await portal.web.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(SMALL)))


async def test_holding_the_bytes_opens_nothing_that_is_closed(portal: Portal) -> None:
    _, path = await put_online(portal, "c1", SMALL)
    etag = (await portal.web.get(path)).headers["etag"]
    portal.web.cookies.clear()
    assert (await portal.web.get(path, headers={"if-none-match": etag})).status_code == 404
    await portal.issue(issued("c2"))
    await portal.neighbours.says(Withdrawn(certificate_id="c1", version=1, reason="a mistake"))
    await portal.neighbours.settled("portal")
    for headers in ({"if-none-match": etag}, {"range": "bytes=0-9"}):
        assert (await portal.web.get(path, headers=headers)).status_code == 410


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["of one piece", "of several pieces"])
async def test_no_byte_of_a_changed_file_is_sent(portal: Portal, content: bytes) -> None:
    event, path = await put_online(portal, "c1", content)
    assert (await portal.web.get(path)).content == content
    middle = len(content) // 2
    for wrong in (
        content[:middle] + b"!" + content[middle + 1 :],
        content[:-1],
        content + b"\n",
        content[:PIECE],
        b"",
    ):
        if wrong != content:
            await keep_pdf(portal.artefacts, event, wrong)
            for headers in ({}, {"range": "bytes=0-9"}):
                answer = await portal.web.get(path, headers=headers)
                assert answer.status_code == 503
                assert "The certificate is safe" in answer.text
    await keep_pdf(portal.artefacts, event, content)
    assert (await portal.web.get(path)).content == content


async def test_a_file_that_is_changed_while_it_is_sent_ends_there(portal: Portal) -> None:
    huge = random.Random(8).randbytes(8_000_000)
    async with served(portal.app) as url:
        event, path = await put_online(portal, "c1", huge)
        link = await portal.share(path.removesuffix("/1.pdf"))
        got = b""
        async with httpx.AsyncClient() as web, web.stream("GET", f"{url}{link}.pdf") as answer:
            coming = answer.aiter_bytes()
            got += await anext(coming)
            await keep_pdf(portal.artefacts, event, b"!" * len(huge))
            with suppress(httpx.RemoteProtocolError):
                async for chunk in coming:
                    got += chunk
        assert len(got) < len(huge)
        assert huge.startswith(got)


@pytest.mark.heavy
async def test_many_large_pdfs_at_once_take_no_more_memory_than_a_few_pieces_each(portal: Portal) -> None:
    huge, readers = os.urandom(7_500_000), 30
    async with served(portal.app) as url:
        _, path = await put_online(portal, "c1", huge)
        link = await portal.share(path.removesuffix("/1.pdf"))
        port = urlsplit(url).port
        asked = f"GET {link}.pdf HTTP/1.1\r\nHost: portal\r\n\r\n".encode()
        # By the process, not by tracemalloc: that one crashes beside threads which come and go outside Python.
        before = psutil.Process().memory_info().rss
        connections = []
        for _ in range(readers):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(asked)
            connections.append((reader, writer))
        for reader, _ in connections:
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        taken = psutil.Process().memory_info().rss - before
        for _, writer in connections:
            writer.close()
        # About four were seen; the allocator keeps some of what it was given back.
        assert taken < readers * 8 * PIECE < readers * len(huge) / 3
