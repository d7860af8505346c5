"""`laurel layouts …`: what is asked, and what a person reads."""

from __future__ import annotations

import argparse
import sys
from contextlib import aclosing
from pathlib import Path

from deploy.home import Home
from deploy.layouts import check_folder, facts, layout_id_of, pace, publish_folder
from deploy.layouts_preview import preview_folder
from services.rendering.layouts import LayoutRefused

PREVIEWS = Path("previews")


def add_layouts_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    layouts = commands.add_parser("layouts", help="check, look at and publish layouts")
    verbs = layouts.add_subparsers(required=True, metavar="COMMAND")

    check = verbs.add_parser("check", help="say what is wrong with a folder, and where; no stack is needed")
    check.set_defaults(run=_check)
    preview = verbs.add_parser("preview", help="print a folder with usual, long and difficult texts")
    preview.add_argument("--out", type=Path, default=PREVIEWS, metavar="DIR", help="where to (default: previews/)")
    preview.set_defaults(run=_preview)
    publish = verbs.add_parser("publish", help="check a folder and freeze it as the layout's next version")
    publish.set_defaults(run=_publish)
    for verb in (check, preview, publish):
        verb.add_argument("folder", type=Path, metavar="FOLDER")
        verb.add_argument("--id", help="the layout's id (the folder's name if not given)")


async def _check(asked: argparse.Namespace) -> int:
    layout_id = layout_id_of(asked.folder, asked.id)
    try:
        reading, draft = await check_folder(asked.folder, layout_id, _progress)
    except LayoutRefused as refused:
        print(*refused.problems, sep="\n")
        return 1
    for hint in reading.hints:
        print(f"{hint} (a hint)")
    print(f"{layout_id} is fine: {facts(reading)}")
    print(f"{layout_id} is {pace(draft)}")
    return 0


async def _preview(asked: argparse.Namespace) -> int:
    layout_id = layout_id_of(asked.folder, asked.id)
    try:
        async with aclosing(preview_folder(asked.folder, layout_id, asked.out, _progress)) as files:
            async for file in files:
                print(file)
    except LayoutRefused as refused:
        print(*refused.problems, sep="\n")
        return 1
    return 0


async def _publish(asked: argparse.Namespace) -> int:
    layout_id = layout_id_of(asked.folder, asked.id)
    frozen = await publish_folder(Home.from_environment(), asked.folder, layout_id)
    published = frozen.layout
    print(f"{published.name}: layout {published.layout_id}, version {published.layout_version}")
    print(f"{layout_id} is {pace(frozen)}")
    return 0


def _progress(text: str) -> None:
    """Beside what is printed for programs and files."""
    print(f"laurel: {text}", file=sys.stderr, flush=True)
