"""One school of the real progression beside the model of it: told the same, and compared."""

from __future__ import annotations

import hashlib

from contracts.base import Body
from contracts.catalogue import TYPE_OF
from contracts.certificates import Pdf
from contracts.envelope import new_id
from contracts.rendering import LayoutField, LayoutPublished, Page, Rendered
from contracts.topology import PROGRESSION_CERTIFICATES, PROGRESSION_COMMANDS, PROGRESSION_RENDERINGS
from tests.service.progression_driven import Driven
from tests.service.progression_model import LONGEST_NAME, NOTES, Codes, Model, Place
from tests.service.progression_seen import Seen

CERTIFICATES = "certificates"


class School:
    """What is sent to progression was told to the model before; in a hurry, it is sent and not waited for."""

    def __init__(self, driven: Driven) -> None:
        self.id = f"school-{new_id()}"
        self.model = Model()
        self.sent: list[tuple[Body, str, Codes]] = []
        """Every command, with its id and the codes that it may be refused with."""
        self._driven = driven
        self._seen = Seen(driven, self.id)
        self._unhandled: list[tuple[str, Codes]] = []
        self._certificates_wait = False

    # --- told

    async def command(self, body: Body, codes: Codes, *, hurry: bool = False) -> None:
        """`codes` is what the model has answered."""
        about_certificates = TYPE_OF[type(body)].area == CERTIFICATES
        if self._certificates_wait and not about_certificates:
            # What is about certificates waits for the roster and the marks before it; these wait for nothing.
            await self.handled()
        self._certificates_wait = about_certificates
        command_id = new_id()
        self.sent.append((body, command_id, codes))
        self._unhandled.append((command_id, codes))
        await self._driven.publish(self.id, body, command_id)
        if not hurry:
            await self.agrees()

    async def repeats(self, n: int, body: Body | None = None) -> None:
        """A command that was sent before, as it was or (`body`) as another: its id has been used."""
        await self.handled()
        sent, command_id, codes = self.sent[n]
        await self._driven.publish(self.id, body or sent, command_id)
        await self._driven.has_read(PROGRESSION_COMMANDS, PROGRESSION_CERTIFICATES)
        self._unhandled.append((command_id, codes))
        await self.agrees()

    async def rendering_says(self, *events: Body) -> None:
        await self.handled()
        for event in events:
            await self._driven.publish(self.id, event, new_id())
        await self._driven.has_read(PROGRESSION_RENDERINGS)
        await self.agrees()

    async def prints_again(self, key: str, version: int, missing: Body) -> None:
        """Rendering misses what it has printed: it is asked for it once more."""
        before = self._seen.asked_for(key, version)
        await self.rendering_says(missing)

        async def asked_again() -> bool:
            return self._seen.asked_for(key, version) > before

        await self._driven.soon(asked_again, f"{key} is printed again")

    # --- compared

    async def handled(self) -> None:
        """All commands are; each was accepted or refused as by the model."""
        # They are handled in their order: whoever waits for the last has waited for all.
        for command_id, codes in reversed(self._unhandled):
            outcome = await self._driven.outcome(self.id, command_id)
            found = {reason["code"] for reason in outcome["reasons"]}
            assert (outcome["state"] == "refused") == bool(codes), f"{command_id}: {outcome}; the model: {codes}"
            assert found <= codes, f"{command_id}: {outcome}; the model: {codes}"
            self._driven.tally.update(found)
        self._unhandled.clear()

    async def agrees(self) -> None:
        await self.handled()
        await self._seen.agrees(self.model, {command_id for _, command_id, codes in self.sent if codes})

    def tally(self) -> None:
        """This school's example is over: what has it tried?"""
        for event, count in self.model.said.items():
            self._driven.tally[str(event[0])] += count

    # --- ids

    async def progression_id(self, place: Place, *, stale: bool = False) -> str:
        """Of the newest progression there; `stale`: of the first that there was."""
        if len(self._seen.progression_ids(place)) < self.model.said["level_completed", *place]:
            await self.agrees()
        ids = self._seen.progression_ids(place)
        return ids[0] if stale else ids[-1]

    def is_pending(self, place: Place, progression_id: str) -> bool:
        """The id is that of the progression which the model has there."""
        return place in self.model.progressions and progression_id == self._seen.progression_ids(place)[-1]

    async def certificate_id(self, key: str) -> str:
        if self._unhandled:
            await self.agrees()
        return self._seen.certificate_id(key)

    async def rendered(self, key: str, version: int) -> Rendered:
        certificate_id = await self.certificate_id(key)
        sha256 = hashlib.sha256(f"{key} {version}".encode()).hexdigest()
        pdf = Pdf(key=f"certificates/{self.id}/{certificate_id}/{version}.pdf", sha256=sha256, bytes=1000)
        return Rendered(certificate_id=certificate_id, version=version, pdf=pdf)


def layout(layout_id: str, version: int) -> LayoutPublished:
    fields = [LayoutField(name="recipient_name", max_length=LONGEST_NAME)]
    if longest := NOTES[layout_id]:
        fields.append(LayoutField(name="notes", max_length=longest))
    return LayoutPublished(
        layout_id=layout_id,
        layout_version=version,
        name=layout_id.title(),
        page=Page(size="A4", orientation="landscape"),
        fields=tuple(fields),
    )
