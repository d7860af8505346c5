from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.containers.stack import ContainerStack
from tests.school import SchoolSystem
from tests.system.households import Household


@pytest.fixture
async def household(containers: ContainerStack) -> AsyncIterator[Household]:
    school = await SchoolSystem.connect(containers.endpoints.nats, containers.endpoints.school)
    household = Household(school, containers.home.mail)
    await household.settle()
    yield household
    await school.close()
