"""What stands around Chromium, seen from the outside: its user, its sandbox, its network, what it is told."""

from __future__ import annotations

import os
import pwd
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Error
from structlog.testing import capture_logs

from services.rendering.chromium import Chromium, ChromiumNotShutIn, Confinement, find_chromium

SECRET = "postgresql://progression:hunter2@db.example/laurel"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start Chromium as somebody else")


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LAUREL_POSTGRES_URL", SECRET)
        chromium = Chromium(find_chromium())
        await chromium.start()
        await chromium.new_page()
    yield chromium
    await chromium.stop()


def read(pid: int, file: str) -> str:
    return Path(f"/proc/{pid}/{file}").read_text()


def state(pid: int) -> dict[str, str]:
    lines = read(pid, "status").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def namespace(pid: int | str, kind: str) -> Path:
    return Path(f"/proc/{pid}/ns/{kind}").readlink()


def executable_in(private: Path, command: str, mode: int = 0o755) -> Path:
    """Chromium behind another command, in a folder that everybody may read, below one that nobody but us may."""
    private.chmod(0o700)
    executable = private / "browser" / "chromium-headless-shell"
    executable.parent.mkdir(mode=0o755)
    executable.write_text(f"#!/bin/sh\n{command}\n")
    executable.chmod(mode)
    return executable


def without_namespaces(folder: Path) -> Path:
    """Chromium on a kernel that lets nobody make namespaces."""
    chromium = shlex.quote(str(find_chromium()))
    forbid = "echo 0 >/proc/sys/user/max_user_namespaces"
    begin = f'exec setpriv --inh-caps=-all --ambient-caps=-all -- {chromium} "$@"'
    return executable_in(
        folder, f"exec unshare --user --map-current-user --keep-caps sh -c '{forbid} && {begin}' sh \"$@\""
    )


@as_root
async def test_started_by_root_it_runs_as_nobody_and_can_do_nothing_more(chromium: Chromium) -> None:
    nobody = str(pwd.getpwnam("nobody").pw_uid)
    found = [state(pid) for pid in chromium.processes.pids()]
    assert {uid for process in found for uid in process["Uid"].split()} == {nobody}
    # Within its sandbox a process has rights over its own namespaces, and outside none.
    assert {state(chromium.processes.browser_pid)[kind] for kind in ("CapEff", "CapPrm", "CapAmb")} == {"0" * 16}
    assert {process["NoNewPrivs"] for process in found} == {"1"}
    assert {process["Groups"] for process in found} == {""}


async def test_a_page_is_in_the_sandbox(chromium: Chromium) -> None:
    [renderer] = chromium.processes.renderer_pids()
    process = state(renderer)
    assert process["Seccomp"] == "2"
    # A process of its own world, in which it is the first.
    assert process["NSpid"].split()[-1] == "1"
    for kind in ("user", "pid", "net"):
        assert namespace(renderer, kind) not in {
            namespace("self", kind),
            namespace(chromium.processes.browser_pid, kind),
        }


async def test_the_whole_browser_is_in_a_network_with_nothing_in_it(chromium: Chromium) -> None:
    browser = chromium.processes.browser_pid
    assert namespace(browser, "net") != namespace("self", "net")
    [_, _, *interfaces] = read(browser, "net/dev").splitlines()
    assert [interface.split(":")[0].strip() for interface in interfaces] == ["lo"]
    assert read(browser, "net/route").splitlines()[1:] == []


async def test_it_is_told_no_credential(chromium: Chromium) -> None:
    told = [read(pid, "environ") for pid in chromium.processes.pids()]
    assert any("PATH=" in variables for variables in told)
    assert not any(SECRET in variables for variables in told)


async def test_it_leaves_no_core(chromium: Chromium) -> None:
    limits = [read(pid, "limits") for pid in chromium.processes.pids()]
    assert {line.split()[4] for limit in limits for line in limit.splitlines() if "core" in line} == {"0"}


@as_root
async def test_roots_files_are_closed_to_it(chromium: Chromium, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    private, public = tmp_path / "private.html", tmp_path / "public.html"
    for file, mode in ((private, 0o600), (public, 0o644)):
        file.write_text("<p>a secret")
        file.chmod(mode)
    page = await chromium.new_page()
    await page.goto(public.as_uri())
    assert "a secret" in await page.content()
    with pytest.raises(Error, match="ERR_ACCESS_DENIED"):
        await page.goto(private.as_uri())
    await page.close()


@as_root
async def test_a_browser_below_a_folder_of_roots_is_shown_to_nobody(tmp_path: Path) -> None:
    executable = executable_in(tmp_path, f'exec {shlex.quote(str(find_chromium()))} "$@"')
    chromium = Chromium(executable)
    await chromium.start()
    assert state(chromium.processes.browser_pid)["Uid"].split()[0] == str(pwd.getpwnam("nobody").pw_uid)
    await chromium.stop()
    # It is shown elsewhere, and what was made for that is removed without it.
    assert executable.exists()


@as_root
async def test_a_browser_that_nobody_may_run_is_told_in_one_line(tmp_path: Path) -> None:
    executable = executable_in(tmp_path, "exit 1", mode=0o700)
    with pytest.raises(ChromiumNotShutIn, match=r"^nobody cannot run .*set LAUREL_CHROMIUM$"):
        await Chromium(executable).start()


@as_root
async def test_a_kernel_without_namespaces_is_told_in_one_line(tmp_path: Path) -> None:
    chromium = Chromium(without_namespaces(tmp_path))
    with capture_logs() as logs, pytest.raises(ChromiumNotShutIn, match=r"^the kernel lets .*SANDBOX=off$"):
        await chromium.start()
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["chromium_not_shut_in"]


@as_root
async def test_without_the_sandbox_it_starts_where_the_operator_says_so(tmp_path: Path) -> None:
    chromium = Chromium(without_namespaces(tmp_path), Confinement(sandbox=False))
    with capture_logs() as logs:
        await chromium.start()
    assert state(chromium.processes.browser_pid)["Uid"].split()[0] == str(pwd.getpwnam("nobody").pw_uid)
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["chromium_without_sandbox"]
    await chromium.stop()


@as_root
@pytest.mark.parametrize(("user", "told"), [("nobody-here", "is no user of this machine"), ("root", "is root")])
async def test_an_unfit_user_is_refused(user: str, told: str) -> None:
    with pytest.raises(ChromiumNotShutIn, match=told):
        await Chromium(find_chromium(), Confinement(user)).start()
