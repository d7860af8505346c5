"""A zip that somebody uploaded: an honest one becomes a folder, any other is refused before it costs anything."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.rendering.layouts import LayoutRefused
from services.rendering.layouts.unpacking import MOST_FILES, unpacked

PAGE = {"layout.html": b"<html>", "layout.json": b"{}"}


def zipped(files: Mapping[str, bytes], **entry: int) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in entry.items():
                setattr(info, attribute, value)
            archive.writestr(info, content)
    return written.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(LayoutRefused) as refused, unpacked(content, "test"):
        pass
    [problem] = refused.value.problems
    return str(problem)


@pytest.mark.parametrize("within", ["", "harbour/", "a/b/"])
def test_the_files_or_the_folder_that_was_zipped_are_the_layouts_folder(within: str) -> None:
    files = {f"{within}{name}": content for name, content in {**PAGE, "img/a.png": b"png"}.items()}
    with unpacked(zipped({**files, "__MACOSX/._layout.html": b"x", f"{within}.DS_Store": b"x"}), "test") as folder:
        found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == {**PAGE, "img/a.png": b"png"}
    assert not folder.exists()


@pytest.mark.parametrize(
    "name", ["../layout.html", "/etc/passwd", "a/../../b", "C:\\x", "a\\..\\b", "a\nb", "x" * 300, "a/b/c/d/e/f/g"]
)
def test_a_path_out_of_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    assert "its path is none that a layout can have" in refusal(zipped({**PAGE, name: b"x"}))
    assert not list(tmp_path.iterdir())


def test_a_link_is_refused() -> None:
    link = zipped({"layout.html": b"/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16, create_system=3)
    assert "it is a link to another file" in refusal(link)


def test_a_bomb_is_refused_however_small_it_says_that_it_is() -> None:
    bomb = bytearray(zipped({**PAGE, "big.png": b"\0" * 30_000_000}))
    assert len(bomb) < 100_000
    assert "unpacked it is larger than a layout may be" in refusal(bytes(bomb))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = bomb.rindex(signature) + offset
        bomb[place : place + 4] = struct.pack("<I", 10)
    assert refusal(bytes(bomb))


def test_many_small_files_together_are_bounded_too() -> None:
    assert "larger than a layout may be" in refusal(zipped({f"{n}.png": b"\0" * 11_000_000 for n in range(5)}))
    assert f"more than {MOST_FILES} files" in refusal(zipped({f"{n}.png": b"" for n in range(MOST_FILES + 1)}))


def test_what_is_no_ordinary_zip_is_refused() -> None:
    assert "it cannot be unpacked" in refusal(b"PK\x03\x04 and nothing more")
    assert "it is empty" in refusal(zipped({}))
    assert "it lies beside the folder" in refusal(zipped({"a/layout.html": b"x", "b.txt": b"x"}))
    assert "twice" in refusal(zipped({"Layout.HTML": b"x", "layout.html": b"y"}))
    damaged = bytearray(zipped({"layout.html": b"some text that is packed " * 40}))
    damaged[40:44] = b"\xff\xff\xff\xff"
    assert "it cannot be unpacked" in refusal(bytes(damaged))
    locked = bytearray(zipped(PAGE))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert "locked with a password" in refusal(bytes(locked))
