"""`make demo`: the stack, the walk, and where to look afterwards."""

from __future__ import annotations

import asyncio

from rich.console import Console
from rich.markup import escape

from deploy.demo.steps import StepFailed, Steps
from deploy.demo.walk import Outcome, walk
from deploy.endpoints import Endpoints, read_endpoints
from deploy.home import AlreadyRunning, Home
from deploy.stack import running_stack
from deploy.supervision import Say

WIDTH_OF_A_LOG = 120


async def show(home: Home, *, once: bool, say: Say) -> int:
    """0 when all of it really happened. Walks through the stack that runs in this home, or starts one."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_OF_A_LOG)
    try:
        async with running_stack(home, seed=True, say=say) as endpoints:
            happened = await _walk(home, endpoints, console)
            if happened and not once:
                await _stay(console)
    except AlreadyRunning:
        say(f"a stack is running in {home.folder} already: walking through that one")
        happened = await _walk(home, read_endpoints(home), console)
    return 0 if happened else 1


async def _walk(home: Home, endpoints: Endpoints, console: Console) -> bool:
    try:
        outcome = await walk(home, endpoints, Steps(console))
    except StepFailed as failure:
        console.print(f"\n[bold red]The demo did not get through.[/] {escape(str(failure))}")
        console.print(f"The services' logs: {home.logs}", highlight=False)
        return False
    _tell_where(home, endpoints, outcome, console)
    return True


async def _stay(console: Console) -> None:
    console.print("\nIt stays up for you to look around. Ctrl-C stops it.")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        console.print()


def _tell_where(home: Home, endpoints: Endpoints, outcome: Outcome, console: Console) -> None:
    places = [(f"PDF {issued.number}", str(outcome.pdfs[issued.certificate_id])) for issued in outcome.issued]
    for mail in outcome.mails.values():
        places += [("mail", str(mail.file)), ("  its link", mail.link)]
    places += [
        ("verify", outcome.issued[0].verify_url),
        ("inbox", endpoints.inbox),
        (
            "staff",
            f"{endpoints.staff}  user {endpoints.staff_user}, office or teacher, password {endpoints.staff_password}",
        ),
        ("all URLs", str(home.endpoints)),
    ]
    console.print("\n[bold]Where to look[/]")
    for what, where in places:
        # Whole lines, however long: a link that is cut opens nothing.
        console.print(f"   {what:<16}{escape(where)}", soft_wrap=True, highlight=False)
