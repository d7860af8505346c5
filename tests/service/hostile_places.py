"""Every place of an app that requests can be sent to, and the forms that its pages show for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from starlette.applications import Starlette
from starlette.routing import Match, Mount, Route

from tests.service.hostile_requests import Around
from tests.service.html_forms import Fields, forms


def places(app: Starlette) -> Iterator[tuple[str, str]]:
    """Methods and paths as they are declared; of what is mounted, one path for all files."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield "GET", f"{route.path}/{{file}}"
            continue
        assert isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield method, route.path


def arounds(
    app: Starlette,
    visitors: Sequence[str],
    known: Mapping[str, Sequence[str]],
    shown: Mapping[tuple[str, str], Sequence[Fields]],
) -> list[Around]:
    """`shown`: the forms of each place."""
    return [Around(method, path, visitors, known, shown.get((method, path), ())) for method, path in places(app)]


def forms_shown(
    app: Starlette, pages: Iterable[tuple[str, str]], hidden: Mapping[str, str]
) -> Mapping[tuple[str, str], Sequence[Fields]]:
    """The forms on these pages (path, HTML), by where they are sent to; `hidden`: what stands for each secret."""
    found: defaultdict[tuple[str, str], list[Fields]] = defaultdict(list)
    for path, html in pages:
        for form in forms(_without_secrets(html, hidden)):
            action = (form.action or path).partition("?")[0]
            # What is not ticked yet may be.
            boxes = {name: [str(each.get("value") or "") for each in form.attributes[name]] for name in form.attributes}
            fields: Fields = {name: form.fields.get(name) or values for name, values in boxes.items() if name}
            if (place := declared(app, "POST", action)) and fields not in found["POST", place]:
                found["POST", place].append(fields)
    return found


def _without_secrets(html: str, hidden: Mapping[str, str]) -> str:
    for secret, place in hidden.items():
        html = html.replace(secret, place)
    return html


def declared(app: Starlette, method: str, path: str) -> str | None:
    """The path of the route that answers there, in its own words."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in app.routes:
        if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
            return route.path
    return None
