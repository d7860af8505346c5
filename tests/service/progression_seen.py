"""What can be seen of one school of the real progression, in the words of the model."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tests.service.progression_driven import Driven
from tests.service.progression_model import Model, Place, certificate_of

Said = tuple[object, ...]


class Seen:
    def __init__(self, driven: Driven, school_id: str) -> None:
        self._driven = driven
        self._school_id = school_id
        self._kept: dict[str, tuple[str, str, str]] = {}
        """Of each certificate: its id, its number, the address of its verification."""

    # --- ids

    def progression_ids(self, place: Place) -> list[str]:
        """Of all that were pending there, one after the other: the last is the one that may still be."""
        completed = self._events("progress.evt.level_completed")
        return sorted(body["progression_id"] for body in completed if _place(body) == place)

    def certificate_id(self, key: str) -> str:
        return self._kept[key][0] if key in self._kept else "none-such"

    # --- compared with the model

    async def agrees(self, model: Model, refused: set[str]) -> None:
        """What waits, what is registered, was said and is to be printed. `refused`: the ids of commands that were."""
        await asyncio.gather(self._pending(model), self._register(model))
        await self._driven.soon(lambda: self._so_much_was_said(model, refused), f"{model.said} is said")
        assert self._said() == model.said
        assert {body["command_id"] for body in self._events("commands.evt.refused")} == refused
        await self._driven.soon(lambda: self._is_asked_for(model), f"{model.asked} is asked for")
        assert self._asked() == model.asked

    async def _pending(self, model: Model) -> None:
        pending, summary = await asyncio.gather(self._ask("pending"), self._ask("summary"))
        certificates = {
            _place_of(row): (row["teacher"]["teacher_id"], _blocked(row)) for row in pending["certificates"]
        }
        changes = {_place_of(row): (row["to_level"]["level_id"], _blocked(row)) for row in pending["level_changes"]}
        assert certificates == model.pending_certificates()
        assert changes == model.pending_level_changes()
        assert summary == {
            "certificates_to_issue": len(pending["certificates"]),
            "level_progressions": len(pending["level_changes"]),
            "blocked": sum(code is not None for _, code in certificates.values()),
        }

    async def _register(self, model: Model) -> None:
        pages = await asyncio.gather(*(self._ask("student", student_id=student_id) for student_id in model.students))
        rows = [row for page in pages for row in page["certificates"]]
        entries = await asyncio.gather(
            *(self._ask("certificate", certificate_id=row["certificate_id"]) for row in rows)
        )
        keys = _keys(entries)
        found = {keys[entry["certificate_id"]]: _versions(entry) for entry in entries}
        assert found == {key: [asdict(version) for version in model.register[key]] for key in model.register}
        assert len(found) == len(entries), "two certificates for one progression"
        assert len({entry["number"] for entry in entries}) == len(entries), "two certificates with one number"
        self._numbers_are_kept(entries, keys)

    def _numbers_are_kept(self, entries: list[dict[str, Any]], keys: dict[str, str]) -> None:
        for entry in entries:
            now = (entry["certificate_id"], entry["number"], entry["verify_url"])
            assert self._kept.setdefault(keys[entry["certificate_id"]], now) == now

    # --- what was said, what is to be printed

    def _said(self) -> Counter[Said]:
        return Counter(_TELLS[name](self, body) for name, body in self._driven.heard(self._school_id) if name in _TELLS)

    async def _so_much_was_said(self, model: Model, refused: set[str]) -> bool:
        return len(self._driven.heard(self._school_id)) >= model.said.total() + len(refused)

    def _asked(self) -> set[tuple[str, int, int]]:
        keys = {certificate_id: key for key, (certificate_id, _, _) in self._kept.items()}
        return {
            (keys[issue.certificate_id], issue.version, issue.layout_version)
            for issue in self._driven.asked(self._school_id)
        }

    async def _is_asked_for(self, model: Model) -> bool:
        return self._asked() >= model.asked

    def asked_for(self, key: str, version: int) -> int:
        """How often rendering was asked for this version."""
        certificate_id = self.certificate_id(key)
        asked = self._driven.asked(self._school_id)
        return sum((issue.certificate_id, issue.version) == (certificate_id, version) for issue in asked)

    def key_of(self, certificate_id: str) -> str:
        return next(key for key, kept in self._kept.items() if kept[0] == certificate_id)

    def _events(self, name: str) -> list[dict[str, Any]]:
        return [body for heard, body in self._driven.heard(self._school_id) if heard == name]

    async def _ask(self, name: str, **question: Any) -> dict[str, Any]:
        return await self._driven.ask(self._school_id, f"progression.query.{name}", **question)


def _place(body: dict[str, Any]) -> Place:
    return body["student_id"], body["level_id"]


def _place_of(row: dict[str, Any]) -> Place:
    return row["student"]["student_id"], row["level"]["level_id"]


def _blocked(row: dict[str, Any]) -> str | None:
    return row["blocked"]["code"] if "blocked" in row else None


def _keys(entries: list[dict[str, Any]]) -> dict[str, str]:
    """The model's names of them, by id. Those of one place were made in the order of their numbers."""
    keys: dict[str, str] = {}
    made: Counter[Place] = Counter()
    for entry in sorted(entries, key=lambda entry: str(entry["number"])):
        key = str(entry["certificate_id"])
        if entry["kind"] == "level":
            place = (entry["student_id"], entry["level"]["level_id"])
            made[place] += 1
            key = certificate_of(place, made[place])
        keys[entry["certificate_id"]] = key
    return keys


def _versions(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Oldest first, as `asdict` gives the model's."""
    return [
        {
            "recipient_name": version["recipient_name"],
            "notes": version.get("notes"),
            "teacher_id": version["teacher"]["teacher_id"],
            "layout_id": version["layout"]["layout_id"],
            "layout_version": version["layout"]["layout_version"],
            "state": version["state"],
        }
        for version in reversed(entry["versions"])
    ]


_TELLS: dict[str, Callable[[Seen, dict[str, Any]], Said]] = {
    "progress.evt.level_completed": lambda _, body: ("level_completed", *_place(body)),
    "progress.evt.level_reopened": lambda _, body: ("level_reopened", *_place(body)),
    "progress.evt.level_changed": lambda _, body: (
        "level_changed",
        body["student_id"],
        body["from_level_id"],
        body["to_level_id"],
    ),
    "certificates.evt.issued": lambda seen, body: ("issued", seen.key_of(body["certificate_id"]), body["version"]),
    "certificates.evt.withdrawn": lambda seen, body: (
        "withdrawn",
        seen.key_of(body["certificate_id"]),
        body["version"],
    ),
    "certificates.evt.replaced": lambda seen, body: (
        "replaced",
        seen.key_of(body["certificate_id"]),
        body["version"],
        body["by_version"],
    ),
}
