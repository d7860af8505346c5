"""A child is erased: all that lies in the artefact store for their certificates goes.

Rendering remembers nobody. A print that is under way stores its paper afterwards: progression hears of it
(`rendered`), knows that the certificate was erased, and says so once more.
"""

from __future__ import annotations

from contracts.catalogue import TYPE_OF
from contracts.erasure import Erased, RenderingErased
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.delivery import Incoming
from services.kit.holdings import confirmation
from services.rendering.announcer import SOURCE
from services.rendering.answers import place_of


class Erasing:
    def __init__(self, artefacts: Artefacts, bus: Bus) -> None:
        self._artefacts = artefacts
        self._bus = bus

    async def erased(self, incoming: Incoming) -> None:
        """Each time it is said, it is confirmed. A later version's event is not for here."""
        if incoming.stem != TYPE_OF[Erased].stem:
            return
        event = incoming.read(Erased)
        places = [place_of(incoming.school_id, each) for each in event.certificate_ids]
        files = sum([await self._artefacts.delete_below(place) for place in places])
        removed = {"files": files} if files else {}
        confirmed = RenderingErased(erasure_id=event.erasure_id, round=event.round, removed=removed)
        await self._bus.publish(confirmation(confirmed, incoming, SOURCE))
