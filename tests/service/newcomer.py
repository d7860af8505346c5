"""Somebody who follows docs/integrate.md word by word, in an empty folder, with a school's own credential."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.embedded.process import spawn
from tests.node import node_is_there
from tests.printed import commands, files, preparations
from tests.waiting import eventually

PAGE = "integrate.md"
ROOT = Path(__file__).parent.parent.parent
INSTALLED_WITHIN_S = 240.0
LEAVES_WITHIN_S = 15.0


class Newcomer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in files(PAGE).items():
            (folder / name).write_text(text)

    def prepare(self) -> None:
        """What the page says to install."""
        for typed in preparations(PAGE):
            if "export" not in typed:
                subprocess.run(["sh", "-ec", typed], cwd=self.folder, check=True, timeout=INSTALLED_WITHIN_S)

    def be_told(self, url: str, school_id: str) -> None:
        """The stack writes down where it is, as `deploy.endpoints` has it."""
        (self.folder / ".laurel").mkdir(exist_ok=True)
        (self.folder / ".laurel" / "endpoints.json").write_text(json.dumps({"nats": url, "school": school_id}))

    def has_laurel(self) -> None:
        """`laurel` on their path, of this very folder."""
        laurel = self.folder / "bin" / "laurel"
        laurel.parent.mkdir(exist_ok=True)
        laurel.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m deploy.cli "$@"\n')
        laurel.chmod(0o755)

    def forget_what_was_received(self) -> None:
        shutil.rmtree(self.folder / "received", ignore_errors=True)

    def typed(self, name: str) -> str:
        """What starts the example, in the place of the shell that it is typed into."""
        return f"exec {commands(PAGE)[name].strip()}"

    @asynccontextmanager
    async def running(self, name: str) -> AsyncIterator[Printout]:
        """The example, until Ctrl-C at the end of the block."""
        printout = Printout(self.folder / f"{name}.out")
        exports = "".join(typed for typed in preparations(PAGE) if "export" in typed)
        typed = f"{exports}{self.typed(name)} 2>>{printout.complaints}"
        process = spawn(["sh", "-ec", f"cd {self.folder}\nPATH={self.folder}/bin:$PATH\n{typed}"], printout.file)
        try:
            yield printout
        finally:
            process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(process.wait, LEAVES_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Printout:
    """The lines that a program has printed since it started."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.complaints = file.with_suffix(".err")
        for written in (self.file, self.complaints):
            written.unlink(missing_ok=True)

    @property
    def lines(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    async def has(self, count: int, within: float = 30.0) -> list[str]:
        """So many lines, waited for."""

        async def look() -> bool:
            return len(self.lines) >= count

        try:
            await eventually(look, within=within)
        except AssertionError:
            raise AssertionError(f"not {count} lines: {self.lines}\n{self.complaints.read_text()}") from None
        return self.lines


def installed_newcomer(folder: Path) -> Newcomer:
    node_is_there()
    newcomer = Newcomer(folder)
    newcomer.prepare()
    return newcomer
