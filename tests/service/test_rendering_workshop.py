"""Staff ask rendering: a zip is checked and published as the command line does it, and a layout shows how it looks."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nats
import pytest
from PIL import Image

from deploy.embedded.nats import NatsServer
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from services.rendering.app import build_app
from services.rendering.layouts import publish_draft
from services.rendering.settings import RenderingSettings
from tests.running import running
from tests.school import INBOX, SCHOOL_ID, SchoolSystem
from tests.service.rendering_world import DEMO_LAYOUTS, demo_draft
from tests.waiting import eventually

LAYOUT = DEMO_LAYOUTS / "laureate"


@pytest.fixture
async def rendering(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[None]:
    url = f"file://{tmp_path}/artefacts"
    bus = Bus("rendering", nats_server.url("rendering"), Metrics())
    await bus.start()
    await publish_draft(Artefacts(url), bus, SCHOOL_ID, "laureate", demo_draft("laureate"))
    await bus.stop()
    settings = RenderingSettings(nats_url=nats_server.url("rendering"), artefacts_url=url, http_port=0)
    async with running(build_app(settings)) as web:

        async def is_ready() -> bool:
            return (await web.get("/readyz")).status_code == 200

        await eventually(is_ready)
        yield


async def asked(server: NatsServer, query: str, **question: Any) -> bytes:
    client = await nats.connect(server.url("school"), inbox_prefix=INBOX)
    try:
        subject = f"rendering.query.{query}.v1.{SCHOOL_ID}"
        return (await client.request(subject, json.dumps(question).encode(), timeout=60)).data
    finally:
        await client.close()


def zipped(**changed: str) -> str:
    """The demo's layout in a folder, with this in place of what `layout.html` says."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in LAYOUT.iterdir():
            content = file.read_bytes()
            if file.name == "layout.html":
                for old, new in changed.items():
                    assert old.encode() in content
                    content = content.replace(old.encode(), new.encode())
            archive.writestr(f"laureate/{file.name}", content)
    return base64.b64encode(written.getvalue()).decode()


async def test_a_layout_shows_how_it_looks_with_usual_and_with_long_texts(
    rendering: None, nats_server: NatsServer
) -> None:
    pictures = {}
    for texts in ("sample", "longest"):
        drawn = await asked(
            nats_server, "layout_preview", layout_id="laureate", layout_version=1, texts=texts, width=400
        )
        with Image.open(io.BytesIO(drawn)) as picture:
            assert (picture.format, picture.width) == ("JPEG", 400)
        pictures[texts] = drawn
    assert pictures["sample"] != pictures["longest"]
    missing = json.loads(await asked(nats_server, "layout_preview", layout_id="laureate", layout_version=9))
    assert missing["error"]["code"] == "unknown_layout"


async def test_a_zip_is_checked_then_published_and_the_same_again_is_no_version(
    rendering: None, nats_server: NatsServer, school: SchoolSystem
) -> None:
    # The demo's are published without a trial, as the quickest way suits them: so the trial finds nothing new.
    same = json.loads(await asked(nats_server, "publish_layout", layout_id="laureate", zip=zipped(), publish=True))
    assert (same["problems"], same["new"], same["layout"]["layout_version"]) == ([], False, 1)

    other = zipped(**{"Aroha Ngata": "Wiremu Parata"})
    checked = json.loads(await asked(nats_server, "publish_layout", layout_id="laureate", zip=other))
    assert (checked["new"], checked["layout"]["layout_version"], checked["together"]) == (True, 2, True)
    assert (await school.ask("rendering.query.layout_versions", {"layout_id": "laureate"}))["versions"] == [1]

    done = json.loads(await asked(nats_server, "publish_layout", layout_id="laureate", zip=other, publish=True))
    assert (done["new"], done["layout"]["layout_version"]) == (True, 2)
    versions = await school.ask("rendering.query.layout_versions", {"layout_id": "laureate"})
    assert (versions["versions"], versions["layout"]["layout_version"]) == ([2, 1], 2)


async def test_what_is_wrong_with_a_zip_is_told_with_file_and_line_and_nothing_is_published(
    rendering: None, nats_server: NatsServer, school: SchoolSystem
) -> None:
    line = (LAYOUT / "layout.html").read_text().split("Aroha Ngata")[0].count("\n") + 1
    spoilt = zipped(**{"Aroha Ngata": "<b>Aroha</b> Ngata"})
    told = json.loads(await asked(nats_server, "publish_layout", layout_id="laureate", zip=spoilt, publish=True))
    assert [(each["file"], each["line"]) for each in told["problems"]] == [("layout.html", line)]
    for wrong, file in ((base64.b64encode(b"no zip").decode(), "the zip"), ("%%%", "the zip")):
        told = json.loads(await asked(nats_server, "publish_layout", layout_id="new", zip=wrong, publish=True))
        assert [each["file"] for each in told["problems"]] == [file]
    answer = await school.ask("rendering.query.layout_versions", {"layout_id": "new"})
    assert answer["error"]["code"] == "unknown_layout"
