"""An issuance command becomes a PDF, or a reason why it cannot."""

from __future__ import annotations

import hashlib

from contracts.catalogue import TYPE_OF
from contracts.certificates import Issue, Pdf
from contracts.envelope import id_from, wrap
from contracts.rendering import Rendered, RenderingFailed
from services.kit.artefacts import Artefacts
from services.kit.broker import Bus
from services.kit.delivery import Incoming, Permanent
from services.kit.telemetry import current_traceparent, get_logger
from services.rendering.announcer import SOURCE
from services.rendering.answers import pdf_key
from services.rendering.library import LayoutKey, Library
from services.rendering.printing.printer import Printer, PrintInterrupted
from services.rendering.refusals import CannotPrint, interrupted

ISSUE = TYPE_OF[Issue].stem
GIVE_UP_AFTER = 8
"""Deliveries of a command whose print is interrupted each time (a minute and a half) before a person is told."""


class IssueHandler:
    def __init__(self, library: Library, printer: Printer, artefacts: Artefacts, bus: Bus) -> None:
        self._library = library
        self._printer = printer
        self._artefacts = artefacts
        self._bus = bus

    async def handle(self, incoming: Incoming) -> None:
        """Print it, store it, say so: in this order, so that what is said is there."""
        if incoming.stem != ISSUE:
            raise Permanent(f"rendering knows no command {incoming.stem}")
        command = incoming.read(Issue)
        answer: Rendered | RenderingFailed
        try:
            pdf = await self._print(incoming, command)
        except CannotPrint as refusal:
            answer = _failed(command, refusal)
        else:
            answer = await self._store(incoming.school_id, command, pdf)
        await self._say(incoming, answer)

    async def _print(self, incoming: Incoming, command: Issue) -> bytes:
        frozen = await self._library.load(LayoutKey(incoming.school_id, command.layout_id, command.layout_version))
        try:
            return await self._printer.print(frozen, command.fields, urgent=bool(command.urgent))
        except PrintInterrupted as error:
            if incoming.deliveries < GIVE_UP_AFTER:
                raise
            raise interrupted(incoming.deliveries) from error

    async def _store(self, school_id: str, command: Issue, pdf: bytes) -> Rendered:
        key = pdf_key(school_id, command.certificate_id, command.version)
        await self._artefacts.put(key, pdf)
        return Rendered(
            certificate_id=command.certificate_id,
            version=command.version,
            pdf=Pdf(key=key, sha256=hashlib.sha256(pdf).hexdigest(), bytes=len(pdf)),
        )

    async def _say(self, incoming: Incoming, answer: Rendered | RenderingFailed) -> None:
        """One answer a command: a repeated command repeats its id, a retry by a person has one of its own."""
        identity = id_from("rendering", type(answer).__name__, incoming.school_id, incoming.id)
        await self._bus.publish(
            wrap(
                answer,
                incoming.school_id,
                source=SOURCE,
                message_id=identity,
                traceparent=current_traceparent.get(),
            )
        )
        get_logger().info(
            "rendered" if isinstance(answer, Rendered) else "rendering_failed",
            certificate_id=answer.certificate_id,
            version=answer.version,
        )


def _failed(command: Issue, refusal: CannotPrint) -> RenderingFailed:
    return RenderingFailed(
        certificate_id=command.certificate_id,
        version=command.version,
        reason=refusal.reason,
    )
