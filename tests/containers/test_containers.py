"""The images and the compose file, in a real Docker engine: the main job, cut networks, renderers that come and go."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from docker.models.containers import Container

from contracts.permissions import SERVICES
from tests.containers.stack import ContainerStack
from tests.containers.term import Term
from tests.drills.office import office
from tests.drills.school import DrillSchool
from tests.paper import text_of
from tests.system.households import Household, family_link, plain_text
from tests.waiting import eventually

# On a new machine the first of them waits until the images are built.
pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

OURS = (*SERVICES, "inbox")
CHILDREN, BEHIND_A_CUT = 100, 20


@pytest.fixture(scope="module")
async def term(containers: ContainerStack) -> AsyncIterator[Term]:
    """Everybody's level is complete, and nobody has acted on it."""
    endpoints, school = containers.endpoints, DrillSchool.of(CHILDREN)
    async with office(endpoints.nats, endpoints.school) as desk:
        await desk.tell([*school.roster(), *school.marks()])
        yield Term(containers, desk, school, await desk.progressions(school))


async def test_a_mastered_level_reaches_the_family_from_containers(
    containers: ContainerStack, household: Household
) -> None:
    progression_id = await household.complete(await household.add_student("Aroha", "Ngāta"))
    run = {
        "run_id": f"run-{household.key}",
        "requested_by": "Office",
        "certificates": [{"progression_id": progression_id}],
        "level_changes": [progression_id],
    }
    await household.school.command("certificates.cmd.start_generation", run)
    issued = await household.school.event("certificates.evt.issued", within=90, progression_id=progression_id)
    mail = await household.mail(household.addresses[0])
    assert "Aroha Ngāta" in plain_text(mail)
    async with httpx.AsyncClient(follow_redirects=True, base_url=containers.endpoints.portal) as browser:
        page = await browser.get(family_link(mail))
        assert page.status_code == 200
        assert "Aroha Ngāta" in page.text
        certificate = await browser.get(_link(page, rf"\S*/certificates/{issued['certificate_id']}"))
        paper = (await browser.get(_link(certificate, r"\S*\.pdf"))).content
    assert hashlib.sha256(paper).hexdigest() == issued["pdf"]["sha256"]
    assert "Aroha Ngāta" in text_of(paper)


async def test_docker_sees_that_every_container_is_well(containers: ContainerStack) -> None:
    seen: dict[str, str] = {}

    async def all_are_healthy() -> bool:
        seen.update({each.name: _health(each) for name in OURS for each in containers.containers(name)})
        return set(seen.values()) == {"healthy"}

    await eventually(all_are_healthy, within=60, pause=0.5, what=f"{seen}")


@pytest.mark.parametrize("service", OURS)
def test_a_container_is_nobody_who_may_write_anywhere(containers: ContainerStack, service: str) -> None:
    [container] = containers.containers(service)
    assert container.exec_run(["id", "--user"]).output.strip() == b"10001"
    refused = container.exec_run(["sh", "-c", "touch /srv/laurel/x /opt/laurel/x"])
    assert refused.exit_code != 0
    assert b"Read-only file system" in refused.output
    capabilities = container.exec_run(["grep", "CapBnd", "/proc/self/status"]).output.split()
    assert int(capabilities[1], 16) == 0


@pytest.mark.parametrize(
    ("service", "goes_out"), [("notification", True), ("progression", False), ("rendering", False)]
)
def test_who_needs_no_way_out_has_none(containers: ContainerStack, service: str, goes_out: bool) -> None:
    """The inbox is on the network that leads outside, and on no other: its address stands for the world's."""
    [inbox] = containers.containers("inbox")
    [address] = [network["IPAddress"] for network in inbox.attrs["NetworkSettings"]["Networks"].values()]
    call = f"import socket; socket.create_connection(('{address}', 1025), timeout=3)"
    [container] = containers.containers(service)
    assert (container.exec_run(["python", "-c", call]).exit_code == 0) is goes_out


def test_only_rendering_has_a_browser(containers: ContainerStack) -> None:
    look = ["sh", "-c", "command -v chromium-headless-shell"]
    having = [name for name in SERVICES if containers.containers(name)[0].exec_run(look).exit_code == 0]
    assert having == ["rendering"]


def test_chromium_is_in_its_sandbox_and_in_a_network_with_nothing_in_it(containers: ContainerStack) -> None:
    [rendering] = containers.containers("rendering")
    said = rendering.logs().decode()
    assert '"apart_from_network": true' in said
    assert "chromium_without_sandbox" not in said


async def test_what_waits_behind_a_cut_network_comes_out_once(term: Term) -> None:
    stack = term.stack
    [renderer] = stack.containers("rendering")
    with stack.cut("rendering"):
        await _until(stack, renderer, ready=False)
        await term.press("behind-a-cut", term.school.children[:BEHIND_A_CUT])
        assert term.office.issued == {}
    await term.issued(at_least=1)
    # Now the broker itself, for those who have no other way to it.
    with stack.cut("nats"):
        for service in ("progression", "rendering"):
            await _until(stack, stack.containers(service)[0], ready=False)
    counted = await term.counted()
    assert counted.is_clean, counted


async def test_renderers_come_and_go_while_work_waits(term: Term) -> None:
    stack, before = term.stack, len(term.asked_for)
    with stack.cut("rendering"):
        await term.press("come-and-go", term.school.children[BEHIND_A_CUT:])
        await asyncio.to_thread(stack.scale, "rendering", 3)
        _, *others = stack.containers("rendering")
        assert len(others) == 2
        # The first is still cut off: what is issued now, the second and third have printed.
        await term.issued(at_least=before + 1)
        others[0].kill()
    counted = await term.counted()
    assert counted.is_clean, counted
    assert len(term.office.issued) == CHILDREN
    await asyncio.to_thread(stack.scale, "rendering", 1)


def _link(page: httpx.Response, pattern: str) -> str:
    found = re.search(rf'href="({pattern})"', page.text)
    assert found is not None, page.text
    return found.group(1)


async def _until(stack: ContainerStack, container: Container, *, ready: bool) -> None:
    async def as_wanted() -> bool:
        container.reload()
        return await asyncio.to_thread(stack.is_ready, container) is ready

    await eventually(as_wanted, within=60, pause=0.5)


def _health(container: Container) -> str:
    return str(container.attrs["State"].get("Health", {}).get("Status"))
