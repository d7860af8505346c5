"""Every route that the portal has, with something in each place of its path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import Route

PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
PLUMBING = {"/healthz", "/readyz", "/metrics"}
"""Not for the public: what stands before the portal lets nobody at it."""
CATCH_ALL = "/{path:path}"


@dataclass(frozen=True, slots=True)
class PublicRoute:
    method: str
    path: str
    """As it is declared, such as `/share/{token}`."""

    def __str__(self) -> str:
        return self.path if self.method == "GET" else f"{self.method} {self.path}"

    @property
    def places(self) -> list[str]:
        return PLACE.findall(self.path)

    def filled(self, values: Mapping[str, object]) -> str:
        return PLACE.sub(lambda place: str(values[place[1]]), self.path)


def public_routes(app: Starlette) -> Iterator[PublicRoute]:
    """Of the pages: not what they are dressed in, and not the answer to every other path."""
    for route in app.routes:
        if isinstance(route, Route) and route.path not in PLUMBING | {CATCH_ALL}:
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield PublicRoute(method, route.path)
