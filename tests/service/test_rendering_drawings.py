"""Whatever a layout is drawn with, its certificates come out alike alone and in company, tagged and private."""

from __future__ import annotations

import asyncio

import pytest

from contracts.rendering import LayoutField, Page
from services.rendering.layouts.pictures import look_alike
from services.rendering.library import FrozenLayout, LayoutDraft, frozen_as
from services.rendering.printing.printer import Printer
from tests import inspection
from tests.service.rendering_world import FIELDS

NAME = '<h1 data-field="recipient_name"></h1>'
WAVES = "".join(f'<path d="M0 {y}c9-9 18 9 27 0s18 9 27 0v9h-54z"/>' for y in range(60))
BODIES = {
    "a table": f"{NAME}<table><tr><th>Level</th><td>Orca</td></tr><tr><th>Pool</th><td>North</td></tr></table>",
    "a list": f"{NAME}<ul><li>dives</li><li>floats</li></ul>",
    "a link": f'{NAME}<a data-field="verify_url" href="https://portal.example"></a>',
    "a translucent block": f'<div style="opacity: .5">{NAME}<p>below</p></div><p>beside</p>',
    "a blended page": f'<body style="background: #c63">{NAME}<div style="mix-blend-mode: multiply">over</div>',
    "gradients and shadows": f'<div style="background: linear-gradient(90deg, #fc6, #39c)">{NAME}</div>'
    '<p style="box-shadow: 0 0 5px #333; border-radius: 9px">rounded</p>'
    '<p style="background: radial-gradient(#fff, #39c); height: 20mm"></p>',
    "a mask and a pattern": f'{NAME}<svg aria-hidden="true" width="99" height="99"><defs>'
    '<mask id="m"><rect width="50" height="50" fill="white"/></mask>'
    '<pattern id="p" width="10" height="10" patternUnits="userSpaceOnUse"><circle r="3" cx="5" cy="5"/></pattern>'
    '</defs><rect width="90" height="90" fill="url(#p)" mask="url(#m)"/></svg>',
    "a filter": f'{NAME}<p style="filter: blur(1px) hue-rotate(40deg); color: #c33">soft</p>',
    "a turned block": f'{NAME}<p style="transform: rotate(9deg) skewX(9deg); width: 40mm">turned</p>',
    "columns and outlines": f'<div style="columns: 2; -webkit-text-stroke: 1px #c33">{NAME}<p>one</p><p>two</p></div>',
    "art with patterns of its own": f'{NAME}<svg aria-hidden="true" viewBox="0 0 60 80" width="99"><defs>'
    '<linearGradient id="g"><stop stop-color="#fc6"/><stop offset="1" stop-color="#39c"/></linearGradient></defs>'
    f'<g fill="url(#g)" opacity=".6">{WAVES}</g><text y="70" font-size="6">Kauri</text></svg>',
    "two drawings": f'<svg aria-hidden="true" viewBox="0 0 60 80" width="99">{WAVES}</svg>{NAME}'
    f'<svg aria-hidden="true" viewBox="0 0 60 80" width="66" style="fill: #39c">{WAVES}</svg>',
    "root styles": "<style>:root { --ink: #39c; font-size: 20px } html { color: var(--ink) } body { background: #fec;"
    f" min-height: 100% }} h1 {{ font-size: 2rem; height: 20vh }}</style>{NAME}",
}
NAMES = ("Aroha Ngata", "Zoë 🐬", "欧阳娜娜", "Þórður", "مريم", "Aroha Ngata")


def drawn(body: str, number: int) -> FrozenLayout:
    shown = ("recipient_name", "verify_url") if "verify_url" in body else ("recipient_name",)
    fields = tuple(LayoutField.model_validate({"name": name}) for name in shown)
    html = (
        '<!DOCTYPE html><html lang="en-NZ"><head><style>@page { size: A5 portrait; margin: 0 }'
        f" body {{ font: 16px 'Noto Sans' }}</style></head><body>{body}</body></html>"
    )
    page = Page(size="A5", orientation="portrait")
    return frozen_as("demo", "drawn", number, LayoutDraft(name="Drawn", page=page, fields=fields, html=html))


@pytest.mark.parametrize("kind", BODIES)
async def test_it_comes_out_alike(printer: Printer, kind: str) -> None:
    careful = drawn(BODIES[kind], 1 + [*BODIES].index(kind))
    quick = careful.model_copy(update={"together": True, "art_once": True})
    alone = [await printer.print(quick, FIELDS | {"recipient_name": name}) for name in NAMES[:3]]
    company = await asyncio.gather(*(printer.print(quick, FIELDS | {"recipient_name": name}) for name in NAMES))
    assert company[:3] == alone
    assert company[5] == alone[0]
    assert look_alike(alone[0], await printer.print(careful, FIELDS | {"recipient_name": NAMES[0]}))
    for name, pdf in zip(NAMES, company, strict=True):
        with inspection.opened(pdf) as document:
            inspection.assert_tags_and_content_agree(document)
            inspection.assert_all_is_told_apart(document)
            assert not inspection.out_of_reach(document)
            text = inspection.everything_readable(document)
            assert not [other for other in NAMES if other != name and other in text]
