"""The whole of Laurel in containers: built, started and looked at once for all tests here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.containers.engine import running_engine
from tests.containers.stack import ContainerStack, running_containers
from tests.school import SchoolSystem
from tests.system.households import Household


@pytest.fixture(scope="session")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerStack]:
    with running_engine(), running_containers(tmp_path_factory.mktemp("containers") / "home") as stack:
        yield stack


@pytest.fixture
async def household(containers: ContainerStack) -> AsyncIterator[Household]:
    school = await SchoolSystem.connect(containers.endpoints.nats, containers.endpoints.school)
    household = Household(school, containers.home.mail)
    await household.settle()
    yield household
    await school.close()
