"""Pictures of certificates, for schools that want them in their mails: asked for late, and hardly waited for."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from time import monotonic

from PIL import Image

from contracts.catalogue import IMAGE
from contracts.pictures import AskImage
from services.kit.broker import Bus, NobodyAnswered
from services.kit.telemetry import get_logger

WIDTH_PX = 560
"""As wide as the mail's card: a mail of a few pictures stays well under 1 MB."""
MOST = 6
"""Of one mail. What a family with more is sent has the first ones, and the link."""
PATIENCE_S = 2.0
"""For all pictures of a mail: it goes without those that are not there by then."""
REST_S = 30.0
"""After they were late nobody is asked for so long: thousands of mails do not wait in turn."""


class Pictures:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._rests_until = 0.0

    async def of(self, school_id: str, wanted: Sequence[AskImage]) -> dict[str, bytes]:
        """JPEGs by certificate_id; what cannot be had in time is not among them."""
        if not wanted or monotonic() < self._rests_until:
            return {}
        tasks = {asyncio.create_task(self._of(school_id, asked)): asked for asked in wanted[:MOST]}
        done, late = await asyncio.wait(tasks, timeout=PATIENCE_S)
        for task in late:
            task.cancel()
        if late:
            self._rest()
        found = {tasks[task].certificate_id: task.result() for task in done}
        return {certificate_id: jpeg for certificate_id, jpeg in found.items() if jpeg}

    async def _of(self, school_id: str, asked: AskImage) -> bytes | None:
        try:
            drawn = await self._bus.ask_bytes(IMAGE, school_id, asked)
            return await asyncio.to_thread(small, drawn)
        except NobodyAnswered:
            self._rest()
        except Exception as error:
            # Whatever it is: no mail fails because of its picture.
            get_logger().warning("no_picture", certificate_id=asked.certificate_id, error=type(error).__name__)
        return None

    def _rest(self) -> None:
        get_logger().warning("mails_go_without_pictures", for_s=REST_S)
        self._rests_until = monotonic() + REST_S


def small(jpeg: bytes) -> bytes:
    """The JPEG, as wide as it is needed."""
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        # Twice as tall at most: a picture is never in the way of the words.
        picture.thumbnail((WIDTH_PX, 2 * WIDTH_PX))
        kept = io.BytesIO()
        picture.convert("RGB").save(kept, "JPEG", quality=85, optimize=True, progressive=True)
    return kept.getvalue()
