"""What is shown when the staff web itself cannot work: without its accounts it knows nobody."""

from __future__ import annotations

import traceback
from http import HTTPStatus

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from services.kit.telemetry import get_logger
from services.staff.screens import Screens

PASSING = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""The accounts cannot be reached: a matter of waiting."""


def show_outages(app: Starlette, screens: Screens) -> None:
    """Answer with a page where the app would have answered with a bare line."""

    async def out_for_now(_: Request, error: Exception) -> Response:
        get_logger().warning("accounts_unreachable", error=type(error).__name__)
        return screens.show("outage.html", status=HTTPStatus.SERVICE_UNAVAILABLE)

    async def broken(_: Request, error: Exception) -> Response:
        get_logger().error("staff_web_failed", where=traceback.format_tb(error.__traceback__))
        return screens.show("outage.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)

    for passing in PASSING:
        app.add_exception_handler(passing, out_for_now)
    app.add_exception_handler(Exception, broken)
