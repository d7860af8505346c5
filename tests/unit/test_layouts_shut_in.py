"""Nothing in a layout runs, moves, or reaches for anything outside its folder: each way is told to its designer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.layout_folders import NAME, image, layout, problems

RUNNING = [
    ("<script>1</script>", "<script>: a layout runs no script: remove it"),
    ('<script type="speculationrules">{"prefetch": []}</script>', "<script>: a layout runs no script"),
    ('<svg><script href="x.js"/></svg>', "<script>: a layout runs no script"),
    ('<p onclick="x()">', "onclick=…: a layout runs no script"),
    ('<svg onload="x()"></svg>', "onload=…: a layout runs no script"),
    ('<iframe src="#"></iframe>', "<iframe>: a layout shows no other document"),
    ('<iframe srcdoc="<p>"></iframe>', "srcdoc=…: a layout shows no other document"),
    ('<object data="#"></object>', "<object>: a layout shows no other document"),
    ('<embed src="#">', "<embed>: a layout shows no other document"),
    ('<video src="#"></video>', "<video>: paper plays nothing"),
    ('<audio src="#"></audio>', "<audio>: paper plays nothing"),
    ("<form></form>", "<form>: paper takes no input"),
    ('<input type="image" src="#">', "<input>: paper takes no input"),
    ('<meta http-equiv="refresh" content="0;url=https://x.example">', "<meta http-equiv> steers the browser"),
    ('<base href="#">', "<base>: references are relative to the layout's folder"),
    ("<template><script>1</script></template>", "<template>: its content cannot be checked"),
    ("<noscript><p></noscript>", "<noscript>: its content cannot be checked"),
    ('<a href="javascript:alert(1)">', "<a> leads to javascript:alert(1)"),
    ('<a href="#" ping="https://x.example">', "ping=…: a layout tells nobody anything"),
    ('<img alt="" src="#" attributionsrc="https://x.example">', "attributionsrc=…: a layout tells nobody anything"),
    ('<img alt="" srcset="a.png 2x">', "srcset=…: paper has one resolution"),
    ('<img alt="" src="#" loading="lazy">', "loading=…: paper has one resolution and does not scroll"),
    ('<svg><a><animate attributeName="href"/></a></svg>', "<animate>: paper plays nothing"),
    ('<svg><set attributeName="href"/></svg>', "<set>: paper plays nothing"),
    ('<xi:include href="secret.xml"></xi:include>', "<xi:include>: a layout takes in no other document"),
    ('<p style="animation: x 1s">', "animation: paper does not move"),
    ("<style>p { transition: all 1s }</style>", "transition: paper does not move"),
    ('<style>@import "x.css";</style>', "@import is not followed"),
    ('<style>@\\69mport "x.css";</style>', "@import is not followed"),
    ('<svg><style>@import "x.css";</style></svg>', "@import is not followed"),
]
FETCHING = [
    '<img alt="" src="https://x.example/a.png">',
    '<img alt="" src="//x.example/a.png">',
    '<img alt="" src="file:///etc/passwd">',
    '<img alt="" src="FILE:///etc/passwd">',
    '<img alt="" src="/etc/passwd">',
    '<img alt="" src="\\\\x.example\\a.png">',
    '<img alt="" src="blob:https://x.example/1">',
    '<svg><image href="http://x.example/a.png"/></svg>',
    '<svg><image xlink:href="http://x.example/a.png"/></svg>',
    '<svg><feImage href="http://x.example/a.png"/></svg>',
    '<svg><rect fill="url(https://x.example/a.svg#b)"/></svg>',
    '<svg><rect filter="url(https://x.example/a.svg#b)"/></svg>',
    '<body background="http://x.example/a.png">',
    '<p style="background: url(https://x.example/a.png)"></p>',
    '<p style="background: u\\72l(https://x.example/a.png)"></p>',
    '<style>p { background: image-set("https://x.example/a.png" 1x) }</style>',
    "<style>p { --art: url(https://x.example/a.png) }</style>",
    "<style>@media print { p { background: url(//x.example/a.png) } }</style>",
    "<style>@font-face { font-family: x; src: url('http://x.example/a.woff2') }</style>",
    "<style>p { cursor: url(https://x.example/a.cur), auto }</style>",
    "<style>li { list-style: url(https://x.example/a.png) }</style>",
    '<style>p::after { content: url("https://x.example/a.png") }</style>',
    '<link rel="stylesheet" href="https://x.example/a.css">',
]
LINKS = [
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "prerender",
    "preload",
    "modulepreload",
    "icon",
    "manifest",
    "import",
]
ELSEWHERE = [
    ('<svg><use href="http://x.example/a.svg#b"/></svg>', "<use> takes http://x.example/a.svg#b from elsewhere"),
    ('<svg><use xlink:href="a.svg#b"/></svg>', "<use> takes a.svg#b from elsewhere"),
    ('<img alt="" src="data:text/html,<script>1</script>">', "data:text/html: a layout holds images and fonts"),
    ('<img alt="" src="data:application/xhtml+xml;base64,eA==">', "data:application/xhtml+xml: a layout holds images"),
    ("<style>p { --a: 'https://x'; background: image-set(var(--a) 1x) }</style>", "var() within image-set() hides"),
    ("<style>p { background: image-set(attr(data-a) 1x) }</style>", "attr() within image-set() hides"),
]
DRAWINGS = [
    ("<script>1</script>", "<script>: a layout runs no script"),
    ('<image href="http://x.example/a.png"/>', "http://x.example/a.png: an image sees no other file"),
    ('<image href="file:///etc/passwd"/>', "file:///etc/passwd: an image sees no other file"),
    ('<use href="other.svg#a"/>', "other.svg#a: an image sees no other file"),
    ('<image href="data:image/svg+xml,x"/>', "data:image/svg+xml,x: an image sees no other file"),
    ("<style>@import url(http://x.example/a.css);</style>", "@import: an image sees no other file"),
    ('<rect style="fill: url(http://x.example/a.svg)"/>', "http://x.example/a.svg: an image sees no other file"),
    ("<foreignObject><p>x</p></foreignObject>", "<foreignObject>: an image of SVG holds SVG alone"),
    ("<text>Kia ora</text>", "<text>: an image sees no font of the layout"),
    ("<xi:include href='x'/>", "<xi:include>: a layout takes in no other document"),
]


@pytest.mark.parametrize(("body", "told"), [*RUNNING, *ELSEWHERE])
def test_what_runs_or_hides_something_is_refused(tmp_path: Path, body: str, told: str) -> None:
    found = [problem for problem in problems(layout(tmp_path, NAME + body)) if told in problem]
    assert found
    assert all(problem.startswith("layout.html:5: ") for problem in found)


@pytest.mark.parametrize("body", FETCHING)
def test_what_would_be_fetched_is_refused(tmp_path: Path, body: str) -> None:
    found = problems(layout(tmp_path, NAME + body))
    assert any(problem.startswith("layout.html:5: ") and "would be fetched" in problem for problem in found), found


@pytest.mark.parametrize("rel", LINKS)
def test_a_link_is_a_style_sheet_or_refused(tmp_path: Path, rel: str) -> None:
    found = problems(layout(tmp_path, f'{NAME}<link rel="{rel}" href="https://x.example/">'))
    assert found == ["layout.html:5: <link> may only be rel=stylesheet: remove it"]


@pytest.mark.parametrize(("inner", "told"), DRAWINGS)
@pytest.mark.parametrize("as_data", [False, True])
def test_an_svg_in_an_image_is_checked_too(tmp_path: Path, inner: str, told: str, as_data: bool) -> None:
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg">\n{inner}</svg>'
    (tmp_path / "art.svg").write_text(drawing)
    source = f"data:image/svg+xml,{drawing.replace('#', '%23')}" if as_data else "art.svg"
    found = problems(layout(tmp_path, f"{NAME}<img alt='' src='{source.replace(chr(39), '%27')}'>"))
    named = "data:image/svg+xml" if as_data else "art.svg"
    assert any(problem.startswith(f"{named}:2: {told}") for problem in found), found


def test_an_svg_that_defines_entities_is_refused(tmp_path: Path) -> None:
    (tmp_path / "art.svg").write_text('<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg/>')
    found = problems(layout(tmp_path, f'{NAME}<img alt="" src="art.svg">'))
    assert "art.svg:1: <!entity…: an image of SVG is plain SVG: remove it" in found


def test_a_file_outside_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(image("PNG"))
    (folder / "way-out.png").symlink_to(tmp_path / "secret.png")
    (folder / "way").symlink_to(tmp_path)
    sources = ("../secret.png", "%2e%2e/secret.png", "way-out.png", "way/secret.png")
    found = problems(layout(folder, NAME + "".join(f'<img alt="" src="{source}">' for source in sources)))
    assert [
        f"layout.html:5: {source} lies outside the layout's folder: move the file into it" for source in sources
    ] == (sorted(found, key=lambda problem: sources.index(problem.split()[1])))
