"""Who types an address cannot make Laurel reach into the network that it runs in."""

from __future__ import annotations

import pytest

from services.webhooks.domain import DELAYS_S, delay_after
from services.webhooks.targets import Forbidden, Targets


@pytest.mark.parametrize(
    "url",
    [
        "http://school.example/hook",
        "ftp://school.example",
        "https://user:password@school.example/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://169.254.169.254/latest",
        "https://school.example/#part",
        "https://",
        "no address",
        "",
    ],
)
def test_what_leads_inside_or_nowhere_is_no_endpoint(url: str) -> None:
    with pytest.raises(Forbidden):
        Targets(private_too=False).read(url)


def test_http_is_for_this_machine_alone_and_only_when_permitted() -> None:
    assert Targets(private_too=True).read("http://127.0.0.1:8080/hook").port == 8080
    with pytest.raises(Forbidden):
        Targets(private_too=True).read("http://school.example/hook")
    assert Targets(private_too=False).read("https://school.example/hook?for=laurel").host == "school.example"


async def test_a_name_with_one_address_inside_is_not_gone_to() -> None:
    targets = Targets(private_too=False)
    with pytest.raises(Forbidden):
        await targets.address_of(targets.read("https://localhost/hook"))


def test_delays_grow_and_end() -> None:
    waits = [delay_after(attempt) for attempt in range(1, len(DELAYS_S) + 2)]
    assert waits.pop() is None
    seconds = [wait.total_seconds() for wait in waits if wait]
    assert list(DELAYS_S) == sorted(DELAYS_S)
    assert all(abs(wait / delay - 1) <= 0.2 for wait, delay in zip(seconds, DELAYS_S, strict=True))
