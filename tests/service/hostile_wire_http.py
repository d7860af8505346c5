"""Bytes that are no HTTP, or say one thing and do another."""

from __future__ import annotations

from collections.abc import Iterator

PROBE = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
_FORM = b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n"


def malformed(form: str) -> Iterator[bytes]:
    """`form`: where a form may be sent without being known."""
    post = _FORM % form.encode()
    yield from (
        b"\r\n" * 9 + b"\x00\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 99 + b"\r\n\r\n",
    )
    for line in (
        *(
            b"GET",
            b"GET /",
            b"GET / HTTP/9",
            b"GET / HTTP/1.1 x",
            b"GET  / HTTP/1.1",
            b"/ GET HTTP/1.1",
            b"G\x00T / HTTP/1.1",
        ),
        *(b"GET /\xff HTTP/1.1", b"GET /\x00 HTTP/1.1", b"GET / HTTP/2.0", b"PRI * HTTP/2.0", b"CONNECT x:1 HTTP/1.1"),
        *(
            b"GET http://[ HTTP/1.1",
            b"GET nowhere HTTP/1.1",
            b"GET ../../x HTTP/1.1",
            b"OPTIONS * HTTP/1.1",
            b"x" * 99_999,
        ),
        *(b"GET http://evil.test/family HTTP/1.1", b"GET /%s HTTP/1.1" % (b"x" * 60_000), b"GET ?x HTTP/1.1"),
    ):
        yield line + b"\r\nhost: x\r\nconnection: close\r\n\r\n"
    for header in (
        *(
            b"host: x\r\nhost: y",
            b"host",
            b": x",
            b" host: x",
            b"host: x\r\n y",
            b"h\x00st: x",
            b"host: \x00",
            b"x: " + b"y" * 99_999,
        ),
        *(b"x: y\r\n" * 20_000, b"host: x\r\nx y: z", b"\xff: x"),
    ):
        yield b"GET /nowhere HTTP/1.1\r\n" + header + b"\r\nconnection: close\r\n\r\n"
    for length in (
        *(b"content-length: -1", b"content-length: x", b"content-length: \xb2", b"content-length: " + b"9" * 5000),
        *(
            b"content-length: 1\r\ncontent-length: 2",
            b"content-length: 0x10",
            b"content-length: +1",
            b"content-length: 1, 2",
        ),
        # Who goes away before the end.
        *(b"content-length: 99", b"expect: 100-continue\r\ncontent-length: 99"),
        *(
            b"transfer-encoding: x",
            b"transfer-encoding: chunked\r\ntransfer-encoding: chunked",
            b"transfer-encoding: gzip, chunked",
        ),
    ):
        yield post + length + b"\r\n\r\nx"
    for chunks in (b"zz\r\n", b"-1\r\n", b"1\r\nxx\r\n0\r\n\r\n", b"f" * 99 + b"\r\n", b"1;" + b"x" * 99_999 + b"\r\n"):
        yield post + b"transfer-encoding: chunked\r\n\r\n" + chunks
