"""Every action of the console, pressed in a real browser on the whole stack, on a desk's screen and on a phone's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.async_api import Browser

from deploy.addresses import Addresses
from deploy.endpoints import read_endpoints
from tests.browser.screens import SCREENS
from tests.browser.term import certificates, emails, families, privacy, roster, runs, teaching, webhooks
from tests.browser.term.school import ACTIONS, Term
from tests.school import SchoolSystem
from tests.service.staff_roles import Place
from tests.system.conftest import StackProcess
from tests.system.households import Household

Walk: TypeAlias = Callable[[Term], Awaitable[None]]
WALKS: tuple[Walk, ...] = (
    runs.a_list_is_reviewed_and_a_run_is_undone,
    runs.a_run_is_cancelled,
    runs.names_that_do_not_fit_are_tried_again,
    runs.a_failed_run_is_retried,
    runs.the_list_works_without_script,
    certificates.certificates_are_printed_and_handed_out,
    certificates.a_certificate_is_corrected_and_withdrawn,
    certificates.a_mail_that_bounces_is_sent_again,
    families.a_family_asks_for_another_name,
    certificates.messages_that_nobody_can_read_are_looked_at,
    teaching.a_class_is_marked,
    teaching.a_class_is_marked_without_script,
    roster.a_layout_is_uploaded_and_a_level_uses_it,
    roster.a_roster_is_imported,
    roster.somebody_comes_and_goes,
    emails.what_comes_next_is_written_and_mailed,
    privacy.a_family_is_exported_and_a_child_erased,
    webhooks.another_system_is_told_what_happens,
)
PATIENCE_S = 180
UNDO_S = 60
"""Long enough to press Undo, short enough to wait for the mail."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    """With the demo school in it, so that lists are as long as a school's."""
    running = StackProcess(tmp_path_factory.mktemp("term") / "home", seed="demo", undo_s=UNDO_S)
    try:
        running.until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def driven() -> dict[str, set[Place]]:
    return {screen: set() for screen in SCREENS}


@pytest.fixture
async def term(
    stack: StackProcess, chromium: Browser, pictures: Path, screen: str, driven: dict[str, set[Place]]
) -> AsyncIterator[Term]:
    endpoints = read_endpoints(stack.home)
    school = await SchoolSystem.connect(endpoints.nats, endpoints.school)
    household = Household(school, stack.home.mail)
    await household.settle()
    yield Term(Addresses.of(stack.home), endpoints, household, chromium, pictures, screen, driven[screen])
    await school.close()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
async def test_it_is_done_in_a_browser(term: Term, walk: Walk) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await walk(term)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_action_was_among_it(driven: dict[str, set[Place]], screen: str) -> None:
    """After all the walks: run the file whole."""
    assert [action for action in ACTIONS if action not in driven[screen]] == []
