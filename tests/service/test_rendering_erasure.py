"""What rendering does when a child is erased: all that lies for their certificates goes, whoever stored it."""

from __future__ import annotations

from pathlib import Path

from nats.js.errors import NotFoundError

from contracts.catalogue import TYPE_OF
from contracts.envelope import new_id, wrap
from contracts.erasure import Erased, RenderingErased
from contracts.topology import INTERNAL, RENDERING_ERASURES
from deploy.embedded.nats import NatsServer
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus, Consumers
from services.kit.telemetry import Metrics
from services.rendering.erasing import Erasing
from tests.everything_kept import files
from tests.school import SCHOOL_ID
from tests.waiting import eventually


async def test_all_that_lies_for_the_certificates_goes_and_nothing_else(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    artefacts = Artefacts(tmp_path.as_uri())
    for name in ("c1/1.pdf", "c1/2.pdf", "c1/shares/name/picture.png", "c10/1.pdf", "c2/1.pdf"):
        await artefacts.put(f"certificates/{SCHOOL_ID}/{name}", b"paper")
    await artefacts.put("certificates/elsewhere/c1/1.pdf", b"paper")
    rendering, progression = (Bus(name, nats_server.url(name), Metrics()) for name in ("rendering", "progression"))
    rendering.consume(RENDERING_ERASURES, Erasing(artefacts, rendering).erased)
    consumers = Consumers(rendering)
    for part in (progression, rendering, consumers):
        await part.start()

    async def confirmed() -> RenderingErased | None:
        try:
            said = await progression.jetstream.get_last_msg(INTERNAL.name, TYPE_OF[RenderingErased].subject(SCHOOL_ID))
        except NotFoundError:
            return None
        return RenderingErased.model_validate_json(said.data or b"")

    told = Erased(erasure_id=new_id(), round=1, certificate_ids=("c1", "c2", "never-printed"))
    await progression.publish(wrap(told, SCHOOL_ID, source="/laurel/progression"))
    assert (await eventually(confirmed)).removed == {"files": 4}
    for part in (consumers, rendering, progression):
        await part.stop()
    left = {where.rpartition("/certificates/")[2] for where, _ in files(tmp_path / "certificates")}
    folders = {SCHOOL_ID, f"{SCHOOL_ID}/c10", "elsewhere", "elsewhere/c1"}
    assert left == folders | {f"{SCHOOL_ID}/c10/1.pdf", "elsewhere/c1/1.pdf"}
