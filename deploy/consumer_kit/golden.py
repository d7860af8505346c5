"""The messages that a good reader takes, each with what is odd about it; made from the contract's samples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.envelope import MESSAGE_ID, id_from
from contracts.generate import sample

ISSUED = "certificates.evt.issued.v1"
WITHDRAWN = "certificates.evt.withdrawn.v1"
REPLACED = "certificates.evt.replaced.v1"
Json = dict[str, Any]

OPTIONAL = ("level_id", "level_name", "teacher_name", "school_name", "locale", "progression_id", "run_id")
LONGEST_NAME = ("Wolfeschlegelsteinhausenbergerdorff " * 6)[:200]
"""As long as the contract allows."""

UNLIKE: Json = {"unlike": ["anything", {"that": "was"}, 1]}


@dataclass(frozen=True, slots=True)
class Golden:
    what: str
    """What is odd about it, for people."""
    stem: str
    headers: dict[str, str]
    body: Json

    def subject(self, school_id: str) -> str:
        return f"{self.stem}.{school_id}"

    @property
    def payload(self) -> bytes:
        return json.dumps(self.body, ensure_ascii=False).encode()

    @property
    def number(self) -> str | None:
        """The certificate's, where a reader of issued certificates acts on it."""
        return self.body["number"] if self.stem == ISSUED else None


class Series:
    """One trial's messages. Its certificates are its own: a reader that remembers the last trial is not misled."""

    def __init__(self, name: str) -> None:
        """`name`: five digits or so, part of the certificates' numbers."""
        self._name = name

    def before_the_break(self) -> list[Golden]:
        """Those that the reader is given when it runs for the first time."""
        plain = self._issued("an issued certificate", 1)
        return [
            plain,
            self._issued("issued with the required fields alone", 2, without=OPTIONAL, kind="ad_hoc"),
            self._about(WITHDRAWN, "withdrawn, before the certificate's issued", 3),
            self._issued("the issued that its withdrawn overtook", 3),
            replace(plain, what="the first certificate again: the same ce-id"),
            self._issued("issued with a field that is not in the contract yet", 4, added_later={"by": "a newer one"}),
            self._issued("issued with a new field inside pdf", 5, pdf={**_sample_body(ISSUED)["pdf"], "pages": 1}),
            self._other("certificates.evt.framed.v1", "an event of a kind that is not in the contract yet", UNLIKE),
            self._other("certificates.evt.issued.v2", "issued in version 2, whose body is another", UNLIKE),
            self._other("commands.evt.refused.v1", "a refused command"),
            self._other("progress.evt.level_completed.v1", "a completed level"),
        ]

    def after_the_break(self) -> list[Golden]:
        """Those that come while it is away; the first of them it had and acknowledged before."""
        return [
            self._issued("a certificate again that came before the restart", 2, without=OPTIONAL, kind="ad_hoc"),
            self._about(REPLACED, "replaced, before its second version's issued", 1, by_version=2),
            self._issued("the second version of the first certificate", 1, version=2),
            self._issued("issued to a name in another script", 6, recipient_name="محمد 王小明 Ngāta 🏊"),
            self._issued("issued with the longest name", 7, recipient_name=LONGEST_NAME),
            self._issued("issued without the optional traceparent header", 8, headless="traceparent"),
            self._other("progress.evt.level_reopened.v1", "a reopened level"),
            self._other("progress.evt.level_changed.v1", "a changed level"),
            self._other("certificates.evt.erased.v1", "an erased child"),
        ]

    def _issued(
        self, what: str, n: int, *, without: Sequence[str] = (), headless: str = "", version: int = 1, **more: Any
    ) -> Golden:
        body = {key: value for key, value in _sample_body(ISSUED).items() if key not in without}
        body |= {"certificate_id": self._id("certificate", n), "number": f"2026-{self._name}{n}", "version": version}
        headers = {key: value for key, value in self._headers(ISSUED, n, version).items() if key != headless}
        return Golden(what, ISSUED, headers, {**body, **more})

    def _about(self, stem: str, what: str, n: int, **more: Any) -> Golden:
        body = {**_sample_body(stem), "certificate_id": self._id("certificate", n), "version": 1, **more}
        return Golden(what, stem, self._headers(stem, n), body)

    def _other(self, stem: str, what: str, body: Json | None = None) -> Golden:
        return Golden(what, stem, self._headers(stem), body or _sample_body(stem))

    def _headers(self, stem: str, *identity: object) -> dict[str, str]:
        """Without the id by which the broker itself would drop a repeat: after two minutes it no longer does."""
        area, _, name, version = stem.split(".")
        headers = {key: value for key, value in sample(ISSUED)["headers"].items() if key != MESSAGE_ID}
        return {**headers, "ce-id": self._id(stem, *identity), "ce-type": f"school.laurel.{area}.{name}.{version}"}

    def _id(self, *identity: object) -> str:
        return id_from("consumer-kit", self._name, *identity)


def _sample_body(stem: str) -> Json:
    body: Json = sample(stem)["body"]
    return body
