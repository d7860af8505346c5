from __future__ import annotations

import pytest

from tests.manifests import Cluster, install_tools, rendered
from tests.school import SCHOOL_ID


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    install_tools()
    return Cluster(rendered(tmp_path_factory.mktemp("manifests"), [SCHOOL_ID]))
