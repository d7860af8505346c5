"""A school is backed up in the middle of a run, loses everything, and goes on from the backup."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from deploy.backup import HalfNamed, NotBackedUp, back_up
from deploy.backup_folder import BackupDamaged, FolderTaken, NoBackup
from deploy.embedded.postgres import SCHEMAS, PostgresServer
from deploy.home import Home
from deploy.restore import NotReady, NotRestored, SomethingThere, restore
from services.kit.artefacts import Artefacts
from tests.conftest import TestDatabase
from tests.drills.counting import Expected, count
from tests.drills.office import office
from tests.service.staff_web import Browser
from tests.system.conftest import StackProcess
from tests.system.losing import FIRST, PASSWORD, SECOND, Lost, kill, laurel, lose, until_quiet

pytestmark = pytest.mark.heavy


def silent(_: str) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
async def lost(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lost]:
    folder = tmp_path_factory.mktemp("lost")
    stack = StackProcess(folder / "home")
    try:
        endpoints = stack.until_ready()
        async with office(endpoints.nats, endpoints.school) as desk:
            yield await lose(stack, desk, endpoints, folder)
    finally:
        kill(stack)


async def test_everything_is_there_again_and_what_was_under_way_is_finished_once(lost: Lost, tmp_path: Path) -> None:
    home = tmp_path / "home"
    code, said = await laurel("restore", str(lost.backup), home=home)
    assert code == 0, said
    assert f"{home} is as of" in said
    again = StackProcess(home)
    try:
        endpoints = await asyncio.to_thread(again.until_ready)
        assert endpoints == lost.endpoints
        await until_quiet(endpoints, FIRST + SECOND)
        mails = shutil.copytree(again.home.mail, tmp_path / "mails")
        shutil.copytree(lost.mails, mails, dirs_exist_ok=True)
        expected = [Expected(child, child.title) for child in lost.school.children]
        counted = await count(lost.office, lost.school, expected, mails)
        assert counted.is_clean, counted
        assert not counted.for_a_person

        async with httpx.AsyncClient(base_url=endpoints.staff, follow_redirects=True) as client:
            await Browser(client).sign_in("rangi", PASSWORD)
            assert "Sign out" in await Browser(client).open("/")
        async with httpx.AsyncClient(follow_redirects=True) as browser:
            assert lost.paper.recipient_name in (await browser.get(lost.link)).text
            assert "This certificate is genuine" in (await browser.get(lost.paper.verify_url)).text
    finally:
        again.stop()


async def test_a_backup_of_a_run_is_whole_and_its_owners_alone(lost: Lost) -> None:
    manifest = lost.manifest
    assert manifest.certificates == FIRST + SECOND
    assert 0 < manifest.on_their_way < SECOND
    assert (manifest.pdfs_to_print, manifest.missing_layouts) == (0, ())
    assert "80 certificates" in lost.backup_said
    listed = {line.partition("  ")[2] for line in (lost.backup / "SHA256SUMS").read_text().splitlines()}
    present = [lost.backup, *lost.backup.rglob("*")]
    files = {path for path in present if path.is_file()}
    assert listed == {str(path.relative_to(lost.backup)) for path in files} - {"SHA256SUMS"}
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in present} == {0}
    registered = (lost.backup / "artefacts" / lost.paper.pdf.key).read_bytes()
    assert hashlib.sha256(registered).hexdigest() == lost.paper.pdf.sha256


async def test_nothing_is_restored_over_a_running_stack(lost: Lost) -> None:
    code, said = lost.refused
    assert code == 1
    assert "a stack is already running in" in said


async def test_a_home_that_somebody_lives_in_is_left_alone(lost: Lost, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(SomethingThere, match="is not empty, it has postgres: move it away first"):
        await restore(Home(tmp_path), lost.backup, silent)
    assert not (tmp_path / "restoring").exists()
    assert not any((tmp_path / "postgres").iterdir())


async def test_damaged_and_missing_files_are_named_and_nothing_is_touched(lost: Lost, tmp_path: Path) -> None:
    damaged = tmp_path / "backup"
    shutil.copytree(lost.backup, damaged)
    layout = next(damaged.rglob("frozen.json"))
    layout.write_bytes(layout.read_bytes()[:-1])
    paper = next(damaged.rglob("*.pdf"))
    paper.unlink()
    with pytest.raises(BackupDamaged) as told:
        await restore(Home(tmp_path / "home"), damaged, silent)
    assert f"{layout} has other bytes than were written" in str(told.value)
    assert f"{paper} is missing" in str(told.value)
    assert not (tmp_path / "home").exists()


async def test_a_list_that_was_cut_off_is_found_out(lost: Lost, tmp_path: Path) -> None:
    cut = tmp_path / "backup"
    shutil.copytree(lost.backup, cut)
    lines = (cut / "SHA256SUMS").read_text().splitlines(keepends=True)
    (cut / "SHA256SUMS").write_text("".join(lines[:-1]))
    with pytest.raises(BackupDamaged, match=rf"lists {len(lines) - 2} files, and {len(lines) - 1} were written"):
        await restore(Home(tmp_path / "home"), cut, silent)


def forge(backup: Path, name: str, content: bytes) -> None:
    """Another content, with the checksum that belongs to it."""
    before = hashlib.sha256((backup / name).read_bytes()).hexdigest()
    (backup / name).write_bytes(content)
    sums = (backup / "SHA256SUMS").read_text()
    (backup / "SHA256SUMS").write_text(sums.replace(before, hashlib.sha256(content).hexdigest()))


async def test_a_backup_of_a_newer_laurel_is_refused(lost: Lost, tmp_path: Path) -> None:
    newer = tmp_path / "backup"
    shutil.copytree(lost.backup, newer)
    manifest = json.loads((newer / "manifest.json").read_text())
    manifest["migrations"].append("staff/9999_of_the_future.sql")
    forge(newer, "manifest.json", json.dumps(manifest).encode())
    with pytest.raises(NotReady, match=r"made by a newer Laurel \(it knows staff/9999_of_the_future\.sql\)"):
        await restore(Home(tmp_path / "home"), newer, silent)


async def test_a_restore_that_fails_leaves_no_home_and_can_be_repeated(lost: Lost, tmp_path: Path) -> None:
    broken = tmp_path / "backup"
    shutil.copytree(lost.backup, broken)
    forge(broken, "database.dump", (lost.backup / "database.dump").read_bytes()[:-5000])
    home = Home(tmp_path / "home")
    with pytest.raises(NotRestored, match="Postgres: "):
        await restore(home, broken, silent)
    assert not (home.folder / "postgres").exists()
    assert not (home.folder / "restoring").exists()
    # As if it had been killed while it moved in.
    (home.folder / "restoring").mkdir()
    (home.artefacts / "some.pdf").touch()
    await restore(home, lost.backup, silent)
    assert (home.folder / "postgres").exists()
    assert not (home.artefacts / "some.pdf").exists()


async def test_what_is_no_backup_and_what_is_in_the_way_of_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUREL_POSTGRES_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    monkeypatch.setenv("LAUREL_ARTEFACTS_URL", "file:///nowhere")
    with pytest.raises(NoBackup, match=r"is no backup: it has no manifest\.json"):
        await restore(Home(tmp_path / "home"), tmp_path, silent)
    with pytest.raises(FolderTaken, match="exists already: each backup is a folder of its own"):
        await back_up(Home(tmp_path / "home"), tmp_path, silent)
    monkeypatch.delenv("LAUREL_ARTEFACTS_URL")
    with pytest.raises(HalfNamed, match="set both LAUREL_POSTGRES_URL and LAUREL_ARTEFACTS_URL, or neither"):
        await back_up(Home(tmp_path / "home"), tmp_path, silent)


async def test_servers_are_filled_from_a_backup_once_and_backed_up_again(
    lost: Lost, postgres: PostgresServer, empty_database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.url(database=empty_database.name)
    store = (tmp_path / "bucket").as_uri()
    monkeypatch.setenv("LAUREL_POSTGRES_URL", url)
    monkeypatch.setenv("LAUREL_ARTEFACTS_URL", store)
    with pytest.raises(NotBackedUp, match="there is no Laurel in this database"):
        await back_up(Home(tmp_path), tmp_path / "nothing", silent)
    assert not left_of(tmp_path, "nothing")

    await restore(Home(tmp_path), lost.backup, silent)
    with pytest.raises(SomethingThere, match=f"the database has tables already, in {', '.join(SCHEMAS)}"):
        await restore(Home(tmp_path), lost.backup, silent)

    made = await back_up(Home(tmp_path), tmp_path / "again", silent)
    assert made.certificates == lost.manifest.certificates
    assert made.on_their_way == lost.manifest.on_their_way
    assert artefact_sums(tmp_path / "again") == artefact_sums(lost.backup)

    monkeypatch.delenv("LAUREL_POSTGRES_URL")
    monkeypatch.delenv("LAUREL_ARTEFACTS_URL")
    await restore(Home(tmp_path / "home"), tmp_path / "again", silent)
    assert json.loads((tmp_path / "home" / "school.json").read_text()) == {"school": lost.endpoints.school}


async def test_a_store_with_files_of_others_is_left_alone(
    lost: Lost, postgres: PostgresServer, empty_database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = (tmp_path / "bucket").as_uri()
    monkeypatch.setenv("LAUREL_POSTGRES_URL", postgres.url(database=empty_database.name))
    monkeypatch.setenv("LAUREL_ARTEFACTS_URL", store)
    await Artefacts(store).put("another/school.pdf", b"%PDF")
    with pytest.raises(SomethingThere, match=r"has 1 files that are not of this backup, such as another/school\.pdf"):
        await restore(Home(tmp_path), lost.backup, silent)


def left_of(folder: Path, name: str) -> list[Path]:
    return list(folder.glob(f"{name}*"))


def artefact_sums(backup: Path) -> list[str]:
    return [line for line in (backup / "SHA256SUMS").read_text().splitlines() if "  artefacts/" in line]
