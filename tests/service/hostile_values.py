"""What the contract allows, and no school would say: things that are another's, or beyond what there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from contracts.catalogue import TYPE_OF
from contracts.certificates import (
    DropDeadLetter,
    Issue,
    IssueAdHoc,
    MarkPresented,
    Reissue,
    Replaced,
    ResendMail,
    Retry,
    RetryDeadLetter,
    StartGeneration,
    Withdraw,
    Withdrawn,
)
from contracts.envelope import new_id
from contracts.erasure import EraseStudent, NotificationErased, PortalErased, RenderingErased, WebhooksErased
from contracts.portal import Published
from contracts.progress import RecordMarks
from contracts.rendering import ArtefactMissing, Rendered, RenderingFailed
from contracts.roster import ImportRoster, PutFamily, PutLevel, PutSchool, PutStudent, SetPreferredName
from tests.service.hostile_messages import sample
from tests.service.hostile_wire import Hostile, hostile

BEYOND = 10**30
NO_TIMES = ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")
OFFICE = {"requested_by": "Office"}
MARKS = {"student_id": "ana", "level_id": "seal", "teacher_id": "t1", "marked_on": "2026-01-31"}
AD_HOC = {"certificate_id": "c1", "student_id": "ana", "layout_id": "harbour", "teacher_id": "t1", **OFFICE}
STUDENT = {"student_id": "ana", "family_id": "f1", "given_name": "Ana", "family_name": "Ngata"}
LEVEL = {"level_id": "seal", "name": "Seal", "position": 1, "skills": [{"skill_id": "x", "name": "X", "kind": "tick"}]}
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def to_be_refused(their_certificate: str, their_letter: int) -> Iterator[Hostile]:
    """Commands of a school about what another has, what nobody has, and what cannot be."""
    for certificate_id in (their_certificate, "nobody-has-this", "__proto__"):
        of_it = {"certificate_id": certificate_id, **OFFICE}
        yield _say(Withdraw, of_it, reason="no")
        yield _say(Reissue, of_it, reason="no", changes={"recipient_name": SCRIPT})
        yield _say(Retry, of_it)
        yield _say(MarkPresented, OFFICE, certificate_ids=[certificate_id], presented=True)
        yield _say(ResendMail, of_it)
        yield _say(ResendMail, of_it, guardian_id="g1")
    for letter_id in (their_letter, 2**63 - 1, 2**63, 2**64, BEYOND):
        yield _say(RetryDeadLetter, OFFICE, letter_id=letter_id)
        yield _say(DropDeadLetter, OFFICE, letter_id=letter_id)
    yield from _runs_and_certificates()
    yield from _marks_and_roster()


def _runs_and_certificates() -> Iterator[Hostile]:
    run = {"run_id": "r1", **OFFICE}
    yield _say(StartGeneration, run, certificates=[{"progression_id": new_id()}])
    yield _say(StartGeneration, run, level_changes=[new_id() for _ in range(1000)])
    yield _say(IssueAdHoc, AD_HOC, student_id="nobody")
    yield _say(IssueAdHoc, AD_HOC, layout_id="nothing")
    yield _say(IssueAdHoc, AD_HOC, teacher_id="nobody")
    yield _say(IssueAdHoc, AD_HOC, notes="x" * 2000)
    for moment in NO_TIMES:
        yield _say(IssueAdHoc, AD_HOC, send_after=moment)


def _marks_and_roster() -> Iterator[Hostile]:
    yield _say(RecordMarks, MARKS, marks=[{"skill_id": "float", "value": 100}])
    yield _say(RecordMarks, MARKS, marks=[{"skill_id": "float", "value": True}, {"skill_id": "x", "value": True}])
    yield _say(RecordMarks, MARKS, student_id="nobody", marks=[{"skill_id": "float", "value": True}])
    yield _say(PutStudent, STUDENT, family_id="nobody")
    yield _say(EraseStudent, {"student_id": "nobody", "requested_by": "x"})
    yield _say(SetPreferredName, {"student_id": "nobody"}, preferred_name="Ana")
    yield _say(PutStudent, STUDENT, level_id="nothing")
    yield _say(PutStudent, STUDENT, venue_id="nowhere")
    for position in (2**31, -(2**63), BEYOND):
        yield _say(PutLevel, LEVEL, position=position)
        yield _say(ImportRoster, {}, levels=[LEVEL | {"position": position}])
    yield _say(ImportRoster, {}, students=[STUDENT | {"family_id": "nobody"}])
    guardian = {"guardian_id": "g1", "name": "Mere", "email": "mere\x00@demo.test"}
    yield _say(PutFamily, {"family_id": "f1", "name": "Ngata"}, guardians=[guardian])
    yield _say(PutSchool, {"name": "Kauri Coast"}, time_zone="etc/passwd")
    yield _say(PutSchool, {"name": "Kauri Coast"}, time_zone="Pacific/Auckland", locale="xx-zz")


def telling_what_cannot_be_kept(secret: str) -> Iterator[Hostile]:
    """Read well, and refused by Postgres, whose own words repeat all of it."""
    yield _say(PutLevel, LEVEL, name=secret, position=BEYOND)
    guardian = {"guardian_id": secret, "name": secret, "email": f"{secret}\x00@demo.test"}
    yield _say(PutFamily, {"family_id": "f1", "name": secret}, guardians=[guardian])
    failed = {"certificate_id": "nobody-has-this", "version": 1}
    yield _say(RenderingFailed, failed, reason={"code": secret, "message": f"{secret}\x00"})
    yield _say(Published, failed, family_id="f1", family_url=f"https://portal.test/family/{secret}")


def to_be_passed_over() -> Iterator[Hostile]:
    """Events about what is not known: they come late, or too often, and mean nothing."""
    unknown = {"certificate_id": "nobody-has-this", "version": 1}
    pdf = {"key": "../../etc/passwd", "sha256": "0" * 64, "bytes": 1}
    yield _say(Rendered, unknown, pdf=pdf)
    yield _say(RenderingFailed, unknown, reason={"code": SCRIPT, "message": SCRIPT})
    yield _say(ArtefactMissing, unknown)
    for confirmed in (PortalErased, NotificationErased, RenderingErased, WebhooksErased):
        yield _say(confirmed, {"erasure_id": new_id(), "round": 1}, removed={SCRIPT: 10**30})


def to_be_kept_aside() -> Iterator[Hostile]:
    """Numbers that nothing has, and a link to a certificate that nobody issued."""
    beyond = {"certificate_id": "nobody-has-this", "version": BEYOND}
    yield _say(Rendered, beyond, pdf={"key": "x", "sha256": "0" * 64, "bytes": 1})
    yield _say(RenderingFailed, beyond, reason={"code": "x", "message": "x"})
    yield _say(ArtefactMissing, beyond)
    yield _say(Withdrawn, beyond, reason="x")
    yield _say(Replaced, beyond, reason="x", by_version=1)
    yield _say(Published, beyond, version=1, family_id="f1", family_url="javascript:alert(1)")


def unprintables() -> Iterator[tuple[str, Hostile]]:
    """Issuance commands by certificate, none of which can be printed."""
    good = sample(TYPE_OF[Issue].stem) | {"layout_id": "harbour", "layout_version": 1}
    changes: list[dict[str, Any]] = [
        {"layout_id": "nothing"},
        {"layout_version": BEYOND},
        {"fields": {}},
        {"fields": good["fields"] | {"recipient_name": "x" * 100_000}},
        {"fields": good["fields"] | {"notes": "<b>" * 100_000}},
        {"fields": good["fields"] | {"recipient_name": "\ue000\uffff"}},
    ]
    for n, changed in enumerate(changes):
        yield f"unprintable-{n}", _say(Issue, good | {"certificate_id": f"unprintable-{n}"}, **changed)


def _say(body: type[Any], usual: dict[str, Any], /, **changed: Any) -> Hostile:
    content = {**usual, **changed}
    body.model_validate_json(json.dumps(content))
    return hostile(f"{body.__name__} {json.dumps(changed)[:80]}", TYPE_OF[body].stem, json.dumps(content).encode())
