"""The steps of the walk as a person sees them: what happens, whether it did, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

Result = TypeVar("Result")


class StepFailed(Exception):
    """The text names the step and says what did not happen."""


class Steps:
    def __init__(self, console: Console) -> None:
        self._console = console

    async def take(self, title: str, work: Awaitable[Result]) -> Result:
        """The work's result. StepFailed, naming the step, whatever went wrong."""
        started = time.monotonic()
        with self._console.status(f"{escape(title)} …"):
            try:
                result = await work
            except Exception as error:
                self._line("[bold red]✗[/]", title, started)
                raise StepFailed(f"{title}: {str(error) or type(error).__name__}") from error
        self._line("[bold green]✓[/]", title, started)
        return result

    def show(self, table: Table) -> None:
        self._console.print(Padding(table, (0, 0, 0, 3)))

    def _line(self, sign: str, title: str, started: float) -> None:
        self._console.print(f" {sign} {escape(title)} [dim]{time.monotonic() - started:.1f} s[/]", highlight=False)
