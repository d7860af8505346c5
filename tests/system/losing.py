"""A school that is backed up in the middle of a run and then loses everything."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from contracts.certificates import Issued
from deploy.backup_folder import Manifest
from deploy.endpoints import Endpoints
from tests.drills.counting import LINK, plain_text, read_mails
from tests.drills.office import Office
from tests.drills.quiet import UNFINISHED
from tests.drills.school import DrillSchool
from tests.system.conftest import StackProcess
from tests.waiting import eventually

FIRST, SECOND = 20, 60
"""Certificates of the run that is over when the backup is made, and of the one that is in the middle."""
PASSWORD = "kahikatea-42"


async def laurel(*words: str, home: Path, stdin: str = "") -> tuple[int, str]:
    """The command's exit code and all that it said. The office goes on listening meanwhile."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.cli",
        *words,
        env={**os.environ, "LAUREL_HOME": str(home)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(stdin.encode())
    return process.returncode or 0, said.decode()


@dataclass
class Lost:
    """What is left of a school whose servers are gone: its backup, and what people have in their hands."""

    school: DrillSchool
    office: Office
    endpoints: Endpoints
    backup: Path
    backup_said: str
    refused: tuple[int, str]
    """What came of restoring over the stack while it ran."""
    mails: Path
    link: str
    paper: Issued

    @property
    def manifest(self) -> Manifest:
        return Manifest.model_validate_json((self.backup / "manifest.json").read_bytes())


async def lose(stack: StackProcess, desk: Office, endpoints: Endpoints, folder: Path) -> Lost:
    """One run is over and another in the middle; then a backup, and then everything is gone but what people have."""
    home, backup, mails = stack.home.folder, folder / "backup", folder / "mails"
    school = DrillSchool.of(FIRST + SECOND)
    await desk.tell([*school.roster(), *school.marks()])
    progressions = await desk.progressions(school)
    code, said = await laurel("staff", "add", "rangi", "--role", "office", home=home, stdin=PASSWORD)
    assert code == 0, said
    await desk.press("first", school.children[:FIRST], progressions)
    await until_quiet(endpoints, FIRST)
    paper = next(iter(desk.issued.values()))

    # Both stand still from some instant on: a mail that left after the backup would leave again,
    # and a run that was over before it would show nothing.
    process_of(stack, "services.notification").suspend()
    await desk.press("second", school.children[FIRST:], progressions)
    await eventually(lambda: issued(desk, FIRST + 1), within=60)
    process_of(stack, "services.rendering").suspend()
    code, said = await laurel("backup", str(backup), home=home)
    assert code == 0, said
    refused = await laurel("restore", str(backup), home=home)

    kill(stack)
    shutil.move(home / "mail", mails)
    shutil.rmtree(home)
    letters = map(plain_text, read_mails(mails))
    [link, *_] = [LINK.findall(letter)[0] for letter in letters if paper.recipient_name in letter]
    return Lost(school, desk, endpoints, backup, said, refused, mails, link, paper)


async def issued(desk: Office, at_least: int) -> bool:
    return len(desk.issued) >= at_least


def process_of(stack: StackProcess, module: str) -> psutil.Process:
    [found] = [child for child in psutil.Process(stack.process.pid).children() if module in child.cmdline()]
    return found


def kill(stack: StackProcess) -> None:
    """All of it at once, and nobody is left when this returns."""
    if stack.process.poll() is not None:
        return
    everybody = psutil.Process(stack.process.pid).children(recursive=True)
    stack.process.kill()
    stack.process.wait()
    for process in everybody:
        if process.is_running():
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(everybody, timeout=30)


async def until_quiet(endpoints: Endpoints, certificates: int) -> None:
    """All are issued, and every mail has left."""

    async def quiet() -> bool:
        connection = await asyncpg.connect(endpoints.postgres)
        try:
            found = dict(await connection.fetchrow(UNFINISHED) or {})
            mailed = await connection.fetchval("SELECT count(DISTINCT certificate_id) FROM notification.mail")
        finally:
            await connection.close()
        return mailed == certificates and not (found["issuing"] or found["mails"] or found["outbox"])

    await eventually(quiet, within=90, pause=0.2)
