"""What came of what was said, as anybody on the broker hears it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from nats.aio.msg import Msg


class Heard:
    def __init__(self) -> None:
        self.refused: dict[str, list[dict[str, Any]]] = defaultdict(list)
        """The reasons by command id; said twice, they are there twice."""
        self.dead: dict[str, Counter[str]] = defaultdict(Counter)
        """By message id: how often by durable."""
        self.bodies: set[bytes] = set()
        """Of dead letters."""
        self.reasons: list[str] = []
        """Of dead letters."""
        self.without_reason: list[str] = []
        self.failed: set[str] = set()
        """Certificates that rendering could not print."""
        self.events: list[tuple[str, dict[str, Any]]] = []
        """The canary's, by name."""

    def subscriptions(self, canary: str) -> dict[str, Callable[[Msg], Awaitable[None]]]:
        return {
            "commands.evt.refused.v1.>": self._refusal,
            "dead.>": self._letter,
            "rendering.evt.failed.v1.>": self._failure,
            f"*.evt.*.v1.{canary}": self._event,
        }

    async def _refusal(self, message: Msg) -> None:
        body = json.loads(message.data)
        self.refused[body["command_id"]] += body["reasons"]
        if not all(reason["code"] and reason["message"] for reason in body["reasons"] or [{"code": ""}]):
            self.without_reason.append(message.subject)

    async def _letter(self, message: Msg) -> None:
        headers = message.headers or {}
        self.dead[headers["Laurel-Message-Id"]][headers["Laurel-Durable"]] += 1
        self.bodies.add(message.data)
        self.reasons.append(headers["Laurel-Reason"])
        if not headers["Laurel-Reason"] or not headers["Laurel-Subject"]:
            self.without_reason.append(message.subject)

    async def _failure(self, message: Msg) -> None:
        # Some that say so are hostile themselves.
        if (message.headers or {}).get("ce-source") == "/laurel/rendering":
            self.failed.add(json.loads(message.data)["certificate_id"])

    async def _event(self, message: Msg) -> None:
        self.events.append((message.subject.split(".")[2], json.loads(message.data)))
