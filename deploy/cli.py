"""The `laurel` command."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Sequence

from deploy.addresses import WrongSchool
from deploy.backup_command import BACKUP_TROUBLES, add_backup_commands
from deploy.consumer_kit.command import NoReader, add_consumer_kit_command
from deploy.dead_letters import NotAsked
from deploy.dead_letters_command import NothingNamed, add_dead_letters_command
from deploy.demo.show import show
from deploy.doctor_command import add_doctor_command
from deploy.embedded.process import DidNotStart
from deploy.endpoints import Endpoints, NotRunning
from deploy.erasures_command import NotErased, add_erasures_command
from deploy.home import AlreadyRunning, Home, HomeUnusable
from deploy.import_command import NotImported, add_import_command
from deploy.kubernetes_secrets import NoSuchSchool, add_kubernetes_secrets_command
from deploy.layouts import NoLayout, NotPrinted
from deploy.layouts_command import add_layouts_command
from deploy.ports import PortTaken
from deploy.stack import running_stack
from deploy.staff import add_staff
from services.kit.dead_letters import NoSuchLetter
from services.kit.telemetry import configure_logging
from services.rendering.chromium import ChromiumMissing
from services.rendering.layouts import LayoutRefused
from services.staff.passwords import WeakPassword
from services.staff.people import LastManager, RoleNotSaid, UsernameTaken
from services.staff.roles import Role

TROUBLES = (
    AlreadyRunning,
    ChromiumMissing,
    DidNotStart,
    HomeUnusable,
    LastManager,
    LayoutRefused,
    NoLayout,
    NoReader,
    NoSuchLetter,
    NoSuchSchool,
    NotAsked,
    NotErased,
    NotImported,
    NotPrinted,
    NotRunning,
    NothingNamed,
    PermissionError,
    PortTaken,
    RoleNotSaid,
    UsernameTaken,
    WeakPassword,
    WrongSchool,
    *BACKUP_TROUBLES,
)
"""What a person can do something about: their text is the whole message."""

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, or stopped as asked; 1 it did not work; 2 it was asked wrongly; 130 interrupted."""
    asked = _parser().parse_args(arguments)
    configure_logging("laurel", "console", "WARNING")
    try:
        return asyncio.run(_until_signalled(asked.run(asked)))
    except TROUBLES as trouble:
        print(f"laurel: {trouble}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="laurel", description="Certificates for class-based schools.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start the embedded stack, until Ctrl-C")
    up.add_argument("--seed", choices=("demo", "none"), default=os.environ.get("SEED") or "demo")
    up.set_defaults(run=_up)

    demo = commands.add_parser("demo", help="start it and do the main job before your eyes")
    demo.add_argument("--once", action="store_true", default=os.environ.get("ONCE") == "1", help="and stop it again")
    demo.set_defaults(run=_demo)

    add_layouts_command(commands)
    add_import_command(commands)
    add_doctor_command(commands)
    add_dead_letters_command(commands)
    add_backup_commands(commands)
    add_erasures_command(commands)
    add_kubernetes_secrets_command(commands)
    add_consumer_kit_command(commands)

    staff = commands.add_parser("staff", help="staff accounts").add_subparsers(required=True, metavar="COMMAND")
    add = staff.add_parser("add", help="create an account or change it; the password is asked for, or read from stdin")
    add.add_argument("user")
    add.add_argument("--role", choices=[*Role], help="what they may do; the school's first account is a manager's")
    add.add_argument("--name", help="the name shown on screens")
    add.set_defaults(run=_add_staff)
    return parser


async def _up(asked: argparse.Namespace) -> int:
    home = Home.from_environment()
    try:
        async with running_stack(home, seed=asked.seed != "none", say=_say) as endpoints:
            _announce(home, endpoints)
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        return 0
    return 0


async def _demo(asked: argparse.Namespace) -> int:
    return await show(Home.from_environment(), once=asked.once, say=_say)


async def _add_staff(asked: argparse.Namespace) -> int:
    await add_staff(Home.from_environment(), asked.user, asked.name, Role(asked.role) if asked.role else None)
    print(f"{asked.user} can sign in")
    return 0


def _announce(home: Home, endpoints: Endpoints) -> None:
    _say(f"  URLs    {home.endpoints}")
    _say(f"  staff   {endpoints.staff}   user {endpoints.staff_user}, password {endpoints.staff_password}")
    _say(f"  inbox   {endpoints.inbox}")
    _say(f"  portal  {endpoints.portal}   (a family's page opens from the link in its mail)")
    _say("Ctrl-C stops it")


def _say(text: str) -> None:
    print(f"laurel: {text}", flush=True)


async def _until_signalled(work: Awaitable[int]) -> int:
    """SIGTERM and SIGINT end the work once, as cancellation; those that follow wait for the end like everybody."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, lambda: None if task.cancelling() else task.cancel())
    try:
        return await task
    except asyncio.CancelledError:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
