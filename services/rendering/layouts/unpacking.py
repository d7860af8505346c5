"""A zip as a layout's folder. Whoever made it may mean harm: what it says of itself is not believed."""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from services.rendering.layouts.bounds import MOST_BYTES
from services.rendering.layouts.problems import HTML, LayoutRefused, Problem

MOST_FILES = 200
MOST_UNPACKED_BYTES = 40_000_000
DEEPEST_FOLDER = 6
LONGEST_NAME = 200
CHUNK = 65_536
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
LITTER = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
"""What computers put beside files without being asked."""
THE_ZIP = "the zip"


@contextmanager
def unpacked(content: bytes, layout_id: str) -> Iterator[Path]:
    """A folder for a while: the zip's files, of a folder in it those. LayoutRefused for what is no honest zip."""
    with tempfile.TemporaryDirectory(prefix="layout-") as folder:
        try:
            _unpack(content, Path(folder))
        except _Dishonest as problem:
            raise LayoutRefused(layout_id, [Problem(problem.file, 0, str(problem))]) from problem
        yield Path(folder)


class _Dishonest(Exception):
    def __init__(self, file: str, message: str) -> None:
        super().__init__(message)
        self.file = file


def _unpack(content: bytes, folder: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = _files(archive)
            within = _folder_of_all(list(files))
            left = MOST_UNPACKED_BYTES
            for path, entry in files.items():
                left -= _write(archive, entry, folder / path.relative_to(within), left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _Dishonest(THE_ZIP, "it cannot be unpacked: make the zip anew") from error


def _files(archive: zipfile.ZipFile) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """What is to be written, by its path, which stays below the folder."""
    found: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        path = _path(entry)
        if entry.is_dir() or LITTER & set(path.parts):
            continue
        _check_entry(entry)
        if str(path).casefold() in {str(other).casefold() for other in found}:
            raise _Dishonest(str(path), "it is in the zip twice: make the zip anew")
        found[path] = entry
        if len(found) > MOST_FILES:
            raise _Dishonest(THE_ZIP, f"it has more than {MOST_FILES} files: a layout is a few, leave out the others")
    if not found:
        raise _Dishonest(THE_ZIP, "it is empty: put layout.html, layout.json and what they use into it")
    return found


def _path(entry: zipfile.ZipInfo) -> PurePosixPath:
    name = entry.filename
    path = PurePosixPath(name)
    strange = "\\" in name or ":" in name or not name.isprintable() or len(name) > LONGEST_NAME
    if strange or path.is_absolute() or ".." in path.parts or len(path.parts) > DEEPEST_FOLDER:
        shown = "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME]
        raise _Dishonest(shown or THE_ZIP, "its path is none that a layout can have: use plain names in one folder")
    return path


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _Dishonest(entry.filename, "it is a link to another file: put the file itself into the folder")
    if entry.flag_bits & ENCRYPTED:
        raise _Dishonest(entry.filename, "it is locked with a password: make a zip without one")
    if entry.compress_type not in PLAIN:
        raise _Dishonest(entry.filename, "it is packed in a way that is not known here: make an ordinary zip")


def _folder_of_all(paths: list[PurePosixPath]) -> PurePosixPath:
    """The folder that was zipped, where it was zipped and not what is in it."""
    pages = [path for path in paths if path.name == HTML]
    top = min(pages, key=lambda path: len(path.parts)).parent if pages else PurePosixPath()
    outside = [path for path in paths if not path.is_relative_to(top)]
    if outside:
        raise _Dishonest(str(outside[0]), f"it lies beside the folder with {HTML}: zip the layout's folder alone")
    return top


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path, most: int) -> int:
    """How many bytes it was, counted as they come."""
    file.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry) as packed, file.open("xb") as out:
        while chunk := packed.read(CHUNK):
            written += len(chunk)
            if written > min(most, MOST_BYTES):
                raise _Dishonest(entry.filename, "unpacked it is larger than a layout may be: make it smaller")
            out.write(chunk)
    return written
