"""A child is erased on the whole stack, and looked for from outside: in every table, file, message and log."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contracts.certificates import Issued
from contracts.envelope import new_id, wrap
from contracts.portal import Published
from contracts.topology import NOTIFICATION_PUBLISHED, PORTAL_CERTIFICATES
from deploy.addresses import Addresses
from deploy.endpoints import Endpoints
from services.kit.broker import Bus
from services.kit.telemetry import Metrics
from tests.everything_kept import Kept, files, messages, rows, telling
from tests.system.conftest import StackProcess
from tests.system.households import LAYOUT_WITHOUT_NOTES, Household, family_link
from tests.waiting import eventually

pytestmark = pytest.mark.heavy

A_MINUTE_S = 60
GIVEN, CALLED, FAMILY = "Wairemana", "Remana", "Tautoko-Öz"
NAMES = (GIVEN, CALLED)
SIBLING = "Tihema"


@pytest.fixture
async def bus(stack: StackProcess) -> AsyncIterator[Bus]:
    """With progression's rights: it may read all that the broker keeps, and say events late."""
    bus = Bus("progression", Addresses.of(stack.home).nats("progression"), Metrics())
    await bus.start()
    yield bus
    await bus.stop()


class Outside:
    """Whoever looks for the child everywhere."""

    def __init__(self, stack: StackProcess, endpoints: Endpoints, bus: Bus) -> None:
        self._home = stack.home
        self._postgres = endpoints.postgres
        self._bus = bus

    async def tables(self) -> list[Kept]:
        return [each async for each in rows(self._postgres)]

    async def messages(self) -> list[Kept]:
        return [each async for each in messages(self._bus.jetstream)]

    async def where(self, *words: str) -> list[str]:
        """Tables, messages and files that say any of the words. Mails that arrived are the families' own."""
        kept = [*await self.tables(), *await self.messages(), *files(self._home.artefacts)]
        return telling(kept, *words)

    def logs(self, *words: str) -> list[str]:
        return telling(files(self._home.logs), *words)


async def ad_hoc(household: Household, student_id: str, certificate_id: str, **more: Any) -> str:
    body = {
        "certificate_id": certificate_id,
        "student_id": student_id,
        "layout_id": LAYOUT_WITHOUT_NOTES,
        "teacher_id": household.teacher_id,
        "title": "Encouragement",
        "requested_by": "Office",
        **more,
    }
    return await household.school.command("certificates.cmd.issue_ad_hoc", body)


async def accepted(household: Household, command_id: str) -> None:
    async def handled() -> bool:
        outcome = await household.school.ask("progression.query.command", {"command_id": command_id})
        assert outcome["state"] != "refused", outcome
        return bool(outcome["state"] == "accepted")

    await eventually(handled, within=30)


async def erase(household: Household, student_id: str) -> dict[str, Any]:
    """The receipt, complete within a minute of the asking."""
    erasure_id, began = new_id(), time.monotonic()
    body = {"student_id": student_id, "requested_by": "Manager", "erasure_id": erasure_id}
    await accepted(household, await household.school.command("roster.cmd.erase_student", body))

    async def complete() -> dict[str, Any] | None:
        [receipt] = (await household.school.ask("progression.query.erasures", {"erasure_id": erasure_id}))["erasures"]
        return receipt if receipt.get("completed_at") else None

    receipt = await eventually(complete, within=A_MINUTE_S - (time.monotonic() - began), pause=0.2)
    assert all(each["at"] for each in receipt["confirmations"])
    return receipt


async def nothing_waits(bus: Bus) -> None:
    async def all_read() -> bool:
        for durable in (PORTAL_CERTIFICATES, NOTIFICATION_PUBLISHED):
            info = await bus.jetstream.consumer_info(durable.stream, durable.name)
            if info.num_pending or info.num_ack_pending:
                return False
        return True

    await eventually(all_read, within=30)


async def test_within_a_minute_nothing_holds_the_child_and_nothing_late_brings_it_back(
    household: Household, stack: StackProcess, endpoints: Endpoints, bus: Bus
) -> None:
    school, outside = household.school, Outside(stack, endpoints, bus)
    child, sibling = [await household.add_student(name, FAMILY) for name in (GIVEN, SIBLING)]
    await accepted(
        household,
        await school.command("roster.cmd.set_preferred_name", {"student_id": child, "preferred_name": CALLED}),
    )
    progressions = [await household.complete(each) for each in (child, sibling)]
    await school.command(
        "certificates.cmd.start_generation",
        {
            "run_id": f"run-{household.key}",
            "requested_by": "Office",
            "certificates": [{"progression_id": each} for each in progressions],
        },
    )
    issued, theirs = [
        await school.event("certificates.evt.issued", within=60, progression_id=each) for each in progressions
    ]
    link = family_link(await household.mail(household.addresses[0]))
    # A held mail, and a paper that is being printed while the child is erased.
    held_until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await ad_hoc(household, child, f"held-{household.key}", send_after=held_until)
    await school.event("certificates.evt.issued", within=60, certificate_id=f"held-{household.key}")
    refused = await ad_hoc(household, child, f"held-{household.key}")
    await school.refusal(refused)
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        family = await browser.get(link)
        assert CALLED in family.text
        shared = await _share(browser, str(family.url), issued["certificate_id"])
        assert (await browser.get(shared)).status_code == 200

        await accepted(household, await ad_hoc(household, child, f"late-{household.key}"))
        ids = (child, issued["certificate_id"], f"held-{household.key}", f"late-{household.key}", progressions[0])
        assert {"progression.student", "portal.certificate_version"} < set(await outside.where(*NAMES))
        paper = str(stack.home.artefacts / issued["pdf"]["key"])
        assert {"notification.mail", "portal.access_token", paper} < set(await outside.where(*ids))
        receipt = await erase(household, child)

        assert receipt["removed"]["certificates"] == 3
        told = f"EVENTS certificates.evt.erased.v1.{endpoints.school}"
        assert await outside.where(*NAMES) == []
        assert set(await outside.where(*ids)) == {told}
        assert outside.logs(*NAMES) == []

        for late in (
            Issued.model_validate(issued, strict=False),
            Published(
                certificate_id=issued["certificate_id"], version=1, family_id=household.key, family_url="http://x"
            ),
        ):
            await bus.publish(wrap(late, endpoints.school, source="/test"))
        await nothing_waits(bus)
        assert [where for where in await outside.tables() if telling([where], *NAMES, *ids)] == []

        family = await browser.get(link)
        assert SIBLING in family.text
        assert CALLED not in family.text
        for gone in (shared, issued["verify_url"]):
            assert (await browser.get(gone)).status_code == 404
        assert (await browser.get(theirs["verify_url"])).status_code == 200
    assert (await household.paper(theirs)).startswith(b"%PDF")
    for name, body in {
        "certificates.cmd.reissue": {"certificate_id": issued["certificate_id"], "reason": "late", "requested_by": "x"},
        "certificates.cmd.resend_mail": {"certificate_id": issued["certificate_id"], "requested_by": "x"},
    }.items():
        assert await school.refusal(await school.command(name, body))


async def test_with_the_last_child_the_family_goes_everywhere(
    household: Household, stack: StackProcess, endpoints: Endpoints, bus: Bus
) -> None:
    student_id = await household.add_student("Hinewai", "Marangai")
    await ad_hoc(household, student_id, f"only-{household.key}")
    await school_hears(household, f"only-{household.key}")
    link = family_link(await household.mail(household.addresses[0]))
    receipt = await erase(household, student_id)
    assert receipt["removed"]["families"] == 1
    outside = Outside(stack, endpoints, bus)
    assert await outside.where("Hinewai", *household.addresses) == []
    of_the_family = (f",{household.key},", f"({household.key},", f"g0-{household.key}", f"only-{household.key}")
    assert await outside.where(*of_the_family) == [f"EVENTS certificates.evt.erased.v1.{endpoints.school}"]
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        assert (await browser.get(link)).status_code in (403, 404)


async def school_hears(household: Household, certificate_id: str) -> None:
    await household.school.event("certificates.evt.issued", within=60, certificate_id=certificate_id)


async def _share(browser: httpx.AsyncClient, home: str, certificate_id: str) -> str:
    """The address of a new share link."""
    origin = {"origin": str(httpx.URL(home).join("/")).rstrip("/")}
    page = await browser.post(f"{home.rstrip('/')}/certificates/{certificate_id}/share", headers=origin)
    found = re.search(r'https?://[^"<\s]+/share/[A-Za-z0-9_-]+', page.text)
    assert found is not None, page.text
    return found.group()
