"""Packs while they are made, and for some minutes after. They lie in memory alone: it is children's data."""

from __future__ import annotations

import asyncio
import traceback
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from contracts.queries import RunCertificate
from services.kit.telemetry import get_logger
from services.staff.desk import Desk
from services.staff.lists import grouped, in_order
from services.staff.packs import gathering
from services.staff.packs.binding import Binder, TooLarge
from services.staff.packs.choices import Choices

KEPT_S = 300.0
"""Time enough to look at it, print it, and print it again."""
MOST_KEPT = 8
"""Of all schools; the oldest go."""
MOST_OF_A_SCHOOL = 4
"""Made or kept at a time."""

TITLE = "Print pack"
NOT_MADE = "The pack could not be put together. It has been noted; try again."
TOO_LARGE = "The pack would be too large. Print the certificates in parts, or without background."

State = Literal["waiting", "gathering", "binding", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Order:
    """What makes two wishes the same pack."""

    school_id: str
    run_id: str
    choices: Choices


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a pack, and what its cover says."""

    certificates: tuple[RunCertificate, ...]
    title: str
    subtitle: str

    @property
    def papers(self) -> frozenset[tuple[str, int]]:
        """The same papers are the same pack."""
        return frozenset((one.certificate_id, one.version) for one in self.certificates)


@dataclass(slots=True)
class Pack:
    contents: Contents
    state: State = "waiting"
    """Waiting: for another one of the school."""
    done: int = 0
    """Certificates."""
    pdf: bytes = b""
    reason: str = ""
    """Why it failed."""
    missing: tuple[str, ...] = ()
    """The certificates for which it did."""
    was_opened: bool = False
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def is_being_made(self) -> bool:
        return self.state not in ("ready", "failed")


class TooManyPacks(Exception):
    """The school waits for several already."""


class Packs:
    """A part of the service. Each school has one made at a time, and what is asked for twice is made once."""

    name = "packs"

    def __init__(self) -> None:
        self._packs: dict[Order, Pack] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        """Who wants one asks again; it is made anew."""
        tasks = [pack.task for pack in self._packs.values() if pack.task is not None]
        self._packs.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def ready(self) -> bool:
        return True

    def of(self, order: Order) -> Pack | None:
        return self._packs.get(order)

    def with_these(self, order: Order, contents: Contents, desk: Desk) -> Pack:
        """The one that there is, if it has these papers; or a new one, begun. TooManyPacks."""
        pack = self._packs.get(order)
        if pack is not None and pack.contents.papers == contents.papers:
            return pack
        self._make_room(order)
        pack = self._packs[order] = Pack(contents)
        pack.task = asyncio.create_task(self._make(order, pack, desk), name="print-pack")
        return pack

    def forget(self, order: Order) -> None:
        """Unless it is being made."""
        if (pack := self._packs.get(order)) and not pack.is_being_made:
            del self._packs[order]

    def forget_school(self, school_id: str) -> None:
        """All of the school's, those that are being made too: a child who is in one was erased."""
        for order in [each for each in self._packs if each.school_id == school_id]:
            pack = self._packs.pop(order)
            if pack.task is not None:
                pack.task.cancel()

    def _make_room(self, order: Order) -> None:
        self.forget(order)
        mine = [each for each in self._packs if each.school_id == order.school_id]
        if sum(self._packs[each].is_being_made for each in mine) >= MOST_OF_A_SCHOOL:
            raise TooManyPacks
        self._forget_oldest(mine, MOST_OF_A_SCHOOL - 1)
        self._forget_oldest(list(self._packs), MOST_KEPT - 1)

    def _forget_oldest(self, orders: Sequence[Order], keep: int) -> None:
        """They are kept in the order in which they were begun."""
        finished = [each for each in orders if not self._packs[each].is_being_made]
        for each in finished[: max(0, len(orders) - keep)]:
            self.forget(each)

    async def _make(self, order: Order, pack: Pack, desk: Desk) -> None:
        try:
            async with self._turns[order.school_id]:
                pack.pdf = await _made(pack, order.choices, desk)
            pack.state = "ready"
        except gathering.NotInPack as missing:
            pack.state, pack.reason, pack.missing = "failed", str(missing), missing.missing
        except TooLarge:
            pack.state, pack.reason = "failed", TOO_LARGE
        except Exception as error:
            # Where it happened, without the error's own text: that may quote a child's name.
            where = traceback.format_tb(error.__traceback__)
            get_logger().error("pack_failed", run_id=order.run_id, error=type(error).__name__, where=where)
            pack.state, pack.reason = "failed", NOT_MADE
        asyncio.get_running_loop().call_later(KEPT_S, self._expire, order, pack)

    def _expire(self, order: Order, pack: Pack) -> None:
        if self._packs.get(order) is pack:
            del self._packs[order]


async def _made(pack: Pack, choices: Choices, desk: Desk) -> bytes:
    """Certificates come and are bound lot by lot, so that no more than a lot of them lies in memory twice."""
    pack.state = "gathering"
    groups = grouped(pack.contents.certificates)
    binder = Binder(choices.paper, int(choices.each))
    if choices.cover == "yes":
        contents = pack.contents
        cover = await gathering.checklist(desk, contents.title, contents.subtitle, groups, choices.paper)
        await asyncio.to_thread(binder.cover, cover)

    def one_more() -> None:
        pack.done += 1

    certificates = in_order(groups)
    async for lot in gathering.lots(desk, certificates, background=choices.background == "yes", done=one_more):
        await asyncio.to_thread(binder.add, lot)
    pack.state = "binding"
    return await asyncio.to_thread(binder.finished, TITLE)
