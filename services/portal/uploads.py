"""A file that somebody sends to have it compared: hashed as it comes in, and kept nowhere."""

from __future__ import annotations

import hashlib

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

LARGEST = 20 * 1024 * 1024
"""Bytes. More than any certificate has: a message that carries one has room for 8 MB."""
ROOM_FOR_FORM = 64 * 1024
PATIENCE = 5
"""How many times LARGEST is still read, so that the browser is done sending and shows what it is told."""


class NoFile(Exception):
    """The form came without a file, or was no form."""


class TooLarge(Exception):
    """The file is larger than LARGEST."""


class _FirstFile:
    """Hashes the form's first file, while the form is read."""

    def __init__(self) -> None:
        self.size = 0
        self._digest = hashlib.sha256()
        self._header = self._value = b""
        self._found = self._inside = False

    def digest(self) -> str:
        if not self.size:
            raise NoFile
        return self._digest.hexdigest()

    def on_part_begin(self) -> None:
        self._inside = False
        self._header = self._value = b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition" and not self._found:
            self._found = self._inside = b"filename" in parse_options_header(self._value.decode("latin-1"))[1]
        self._header = self._value = b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self.size += end - start
            self._digest.update(memoryview(data)[start:end])


async def sha256_of_upload(request: Request) -> str:
    """Of the first file in the form that is sent, as hexadecimal digits. NoFile; TooLarge."""
    file = _FirstFile()
    read = 0
    try:
        parser = _parser(request.headers.get("content-type"), file)
        async for chunk in request.stream():
            read += len(chunk)
            if read > PATIENCE * LARGEST:
                break
            if read <= LARGEST + ROOM_FOR_FORM:
                parser.write(chunk)
    except FormParserError as error:
        raise NoFile from error
    if read > LARGEST + ROOM_FOR_FORM or file.size > LARGEST:
        raise TooLarge
    return file.digest()


def _parser(content_type: str | None, file: _FirstFile) -> MultipartParser:
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise NoFile
    return MultipartParser(
        options[b"boundary"],
        {
            "on_part_begin": file.on_part_begin,
            "on_header_field": file.on_header_field,
            "on_header_value": file.on_header_value,
            "on_header_end": file.on_header_end,
            "on_part_data": file.on_part_data,
        },
    )
