"""What stands around Chromium: another user, its own sandbox, a network with nothing in it, no secrets at hand."""

from __future__ import annotations

import os
import pwd
import re
import shutil
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from playwright.async_api import Browser, Error, Playwright

from services.kit.telemetry import get_logger
from services.rendering.chromium.executable import ChromiumMissing
from services.rendering.chromium.fences import ARGUMENTS

LAUNCHER = "launcher.sh"
LAUNCH_TIMEOUT_S = 30.0
# The service's own variables hold credentials: Chromium sees none but these.
VARIABLES = re.compile(r"PATH|HOME|TMPDIR|LANG|LC_\w+|LD_LIBRARY_PATH|(XDG|FONTCONFIG)_\w+")
NO_SANDBOX = re.compile(r"No usable sandbox|sandboxing failed")
OF_LAUNCHER = re.compile(r"(?:laurel: |(?=setpriv: ))(.*)")


class ChromiumNotShutIn(ChromiumMissing):
    """There is one, which this machine does not let us shut in. The text says in one line what to allow."""


@dataclass(frozen=True, slots=True)
class Confinement:
    user: str = "nobody"
    """Whom Chromium runs as when root started the service; otherwise it runs as the service does."""
    sandbox: bool = True
    """Chromium's own: each page in its own user, process and network namespaces, behind a filter of system calls."""
    apart: bool = True
    """The whole browser in a network that has not even a loopback, where the kernel allows it."""

    async def launch(self, playwright: Playwright, executable: Path) -> Browser:
        """A browser that is shut in. ChromiumNotShutIn where that cannot be; Playwright's Error for all else."""
        if not self.sandbox:
            get_logger().warning("chromium_without_sandbox", why="LAUREL_CHROMIUM_SANDBOX=off")
        with as_file(files(__package__).joinpath(LAUNCHER)) as launcher:
            try:
                return await playwright.chromium.launch(
                    executable_path=launcher,
                    args=list(ARGUMENTS),
                    env=self._variables(executable),
                    chromium_sandbox=self.sandbox,
                    timeout=LAUNCH_TIMEOUT_S * 1000,
                    # Signals are for the service, which finishes what is in hand before it lets the browser go.
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
            except Error as error:
                self._explain(error)
                raise

    def _variables(self, executable: Path) -> dict[str, str | float | bool]:
        owner, become = self._user() if os.geteuid() == 0 else ("", "")
        return {
            **{name: value for name, value in os.environ.items() if VARIABLES.fullmatch(name)},
            "LAUREL_EXECUTABLE": str(executable.absolute()),
            "LAUREL_APART": _apart() if self.apart else "",
            "LAUREL_USER": self.user,
            "LAUREL_OWNER": owner,
            "LAUREL_BECOME": become,
        }

    def _user(self) -> tuple[str, str]:
        """Its uid:gid, and the command that becomes it for good."""
        try:
            account = pwd.getpwnam(self.user)
        except KeyError as error:
            raise ChromiumNotShutIn(f"LAUREL_CHROMIUM_USER={self.user} is no user of this machine") from error
        if account.pw_uid == 0:
            raise ChromiumNotShutIn(f"LAUREL_CHROMIUM_USER={self.user} is root: name an unprivileged user")
        if not shutil.which("setpriv"):
            raise ChromiumNotShutIn("setpriv is missing: install util-linux, or start rendering as another user")
        ids = f"--reuid={account.pw_uid} --regid={account.pw_gid}"
        return f"{account.pw_uid}:{account.pw_gid}", f"setpriv {ids} --clear-groups --no-new-privs --"

    def _explain(self, error: Error) -> None:
        """A reason for a person in the place of Playwright's pages of logs, where there is one."""
        if NO_SANDBOX.search(error.message):
            raise ChromiumNotShutIn(
                "the kernel lets Chromium make no sandbox: allow unprivileged user namespaces (on Ubuntu"
                " `sysctl kernel.apparmor_restrict_unprivileged_userns=0`, in Docker a seccomp profile that permits"
                " clone, unshare and setns), or accept the risk with LAUREL_CHROMIUM_SANDBOX=off"
            ) from None
        if said := OF_LAUNCHER.search(error.message):
            raise ChromiumNotShutIn(said.group(1)) from None


def _apart() -> str:
    """The command that runs another in new namespaces, if the kernel lets it: the launcher tries."""
    return "unshare --net --mount --" if os.geteuid() == 0 else "unshare --net --user --map-current-user --"
