"""What Laurel stands on may be used, and comes byte for byte as it was locked."""

from __future__ import annotations

import pytest

from deploy import licences
from deploy.lockfile import LOCK, ROOT, TOOLS, parts, read


def test_the_list_of_licences_is_up_to_date() -> None:
    assert licences.PAGE.read_text() == licences.page(), "run `make licences`"


def test_every_licence_is_allowed() -> None:
    assert licences.refused({each.name: licences.licence_of(each) for each in read()}) == {}


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "(MIT OR GPL-2.0-only)", "Proprietary", ""]
)
def test_a_licence_that_asks_for_more_is_refused(licence: str) -> None:
    assert licences.refused({"it": licence, "other": "MIT OR GPL-2.0-only"}) == {"it": licence}


def test_what_a_person_had_to_read_is_still_locked() -> None:
    assert set(licences.READ_BY_A_PERSON) <= {each.name for each in read()}


def test_nothing_is_locked_without_a_hash() -> None:
    for lock in (LOCK, TOOLS):
        packages = read(lock)
        assert len(packages) == sum(line[0].isalnum() for line in lock.read_text().splitlines()) > 60
        assert all(each.hashes for each in packages)
    for script in ("setup.sh", "tools.sh"):
        assert "--require-hashes" in (ROOT / "deploy" / script).read_text()


def test_a_lock_tells_what_each_package_is_for() -> None:
    found = parts(read())
    assert (found["starlette"], found["rich"], found["pytest"]) == ("services", "embedded stack", "tests")
    assert found["typing-inspection"] == "services", "pydantic wants it"
