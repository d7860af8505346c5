"""The broker of the manifests: its own configuration and its own users' file, started thrice on loopback."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
import nats.errors
import pytest
from nats.aio.client import Client

from contracts.permissions import PROVISIONER, inbox_of
from contracts.topology import COMMANDS, RENDERING_ISSUE
from deploy.embedded import loopback
from deploy.embedded.nats import MAX_PAYLOAD
from deploy.embedded.process import free_port, spawn, stop
from services.kit.provision import provision
from tests.manifests import Cluster, install_tools, rendered
from tests.school import SCHOOL_ID
from tests.waiting import eventually

pytestmark = pytest.mark.heavy

NODES = 3
ELECTION_S = 60.0
NATS_SERVER = Path(sys.executable).parent / "nats-server"
WAITING = 7


@dataclass(frozen=True)
class Brokers:
    clients: tuple[int, ...]
    routes: tuple[int, ...]
    monitors: tuple[int, ...]
    authority: Path
    credential: str
    """`user:password` of the service that provisions."""

    async def connected(self) -> Client:
        trusted = ssl.create_default_context(cafile=str(self.authority))
        urls = [f"tls://{self.credential}@127.0.0.1:{port}" for port in self.clients]
        return await nats.connect(urls, tls=trusted, inbox_prefix=inbox_of(PROVISIONER).encode())

    def tells(self, node: int, path: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(loopback.get(self.monitors[node], path)[1])
        return told


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    install_tools()
    return Cluster(rendered(tmp_path_factory.mktemp("manifests"), [SCHOOL_ID]))


@pytest.fixture(scope="module")
def brokers(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    home = tmp_path_factory.mktemp("brokers")
    clients, routes, monitors = ([free_port() for _ in range(NODES)] for _ in range(3))
    tls = _certificate(home / "tls")
    users = _file_of(cluster, "nats", "users.conf")
    text = cluster.named_like("ConfigMap", "nats")["data"]["nats.conf"]
    processes = []
    try:
        for node in range(NODES):
            pod = home / f"nats-{node}"
            here = {
                "\nport: 4222": f"\nhost: 127.0.0.1\nport: {clients[node]}",
                "http_port: 8222": f"http: 127.0.0.1:{monitors[node]}",
                "port: 6222": f"host: 127.0.0.1\nport: {routes[node]}",
                "/run/nats/": f"{pod}/",
                "/data": f"{pod}/data",
                "/etc/nats-tls": str(tls),
                **{f"nats-{each}.nats-headless:6222": f"127.0.0.1:{routes[each]}" for each in range(NODES)},
            }
            config = _written(pod / "nats" / "nats.conf", _moved(text, here))
            _written(pod / "nats-users" / "users.conf", users)
            environment = {**os.environ, "POD_NAME": f"nats-{node}"}
            subprocess.run([NATS_SERVER, "-t", "-c", config], env=environment, check=True, capture_output=True)
            processes.append(spawn([str(NATS_SERVER), "-c", str(config)], pod / "log", environment))
        url = _file_of(cluster, PROVISIONER, "laurel_nats_url")
        credential = url.removeprefix("tls://").removesuffix("@nats:4222")
        yield Brokers(tuple(clients), tuple(routes), tuple(monitors), tls / "ca.crt", credential)
    finally:
        for process in processes:
            stop(process)


@pytest.fixture
async def client(brokers: Brokers) -> AsyncIterator[Client]:
    """Of progression, with all streams there, three times each."""
    found: list[Client] = []

    async def provisioned() -> bool:
        with contextlib.suppress(nats.errors.Error, OSError):
            if not found:
                found.append(await brokers.connected())
            await provision(found[0].jetstream(timeout=2), replicas=NODES)
            return True
        return False

    await eventually(provisioned, within=ELECTION_S)
    yield found[0]
    await found[0].close()


async def test_three_brokers_are_one_and_what_they_acknowledge_is_on_disk(client: Client, brokers: Brokers) -> None:
    stream = await client.jetstream().stream_info(COMMANDS.name)
    assert stream.config.num_replicas == NODES
    assert client.max_payload == MAX_PAYLOAD
    for node in range(NODES):
        varz = brokers.tells(node, "/varz")
        assert varz["server_name"] == f"nats-{node}"
        assert varz["jetstream"]["config"]["sync_always"] is True
        assert varz["tls_required"] is True
        assert not varz.get("connect_urls")


async def test_the_lag_that_renderers_are_scaled_by_is_what_waits(
    client: Client, brokers: Brokers, cluster: Cluster
) -> None:
    for _ in range(WAITING):
        await client.jetstream().publish(f"certificates.cmd.issue.v1.{SCHOOL_ID}", b"{}", stream=COMMANDS.name)
    [trigger] = cluster.of_kind("ScaledObject")["rendering"]["spec"]["triggers"]
    told = trigger["metadata"]

    async def seen() -> bool:
        return _lag(brokers, told["account"], told["stream"], told["consumer"]) == WAITING

    await eventually(seen, within=20)
    assert told["consumer"] == RENDERING_ISSUE.name


async def test_who_does_not_know_a_password_is_turned_away(brokers: Brokers) -> None:
    trusted = ssl.create_default_context(cafile=str(brokers.authority))
    stranger = f"tls://{PROVISIONER}:guessed@127.0.0.1:{brokers.clients[0]}"
    with pytest.raises((nats.errors.Error, OSError), match=r"(?i)authorization"):
        await nats.connect(stranger, tls=trusted, allow_reconnect=False, max_reconnect_attempts=0)


async def test_a_broker_speaks_to_another_that_shows_a_certificate_and_to_nobody_else(brokers: Brokers) -> None:
    stranger = ssl.create_default_context(cafile=str(brokers.authority))
    member = ssl.create_default_context(cafile=str(brokers.authority))
    member.load_cert_chain(brokers.authority.with_name("tls.crt"), brokers.authority.with_name("tls.key"))
    for port in brokers.routes:
        assert (await _greeting(port, member)).startswith(b"INFO ")
        assert await _greeting(port, stranger) == b""


async def _greeting(port: int, trusted: ssl.SSLContext) -> bytes:
    """What a broker says to who calls on its port for brokers; nothing where it hangs up."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusted)
        said = await asyncio.wait_for(reader.readline(), timeout=10)
        writer.close()
    except (ssl.SSLError, ConnectionError):
        return b""
    return said


def _lag(brokers: Brokers, account: str, stream: str, consumer: str) -> int | None:
    """As KEDA reads it: of the broker that leads the consumer, found by its name."""
    for node in range(NODES):
        told = brokers.tells(node, f"/jsz?acc={account}&consumers=true&config=true")
        for each in told.get("account_details", ()):
            for kept in each.get("stream_detail", ()):
                for one in kept.get("consumer_detail", ()) or ():
                    names = (each["name"], kept["name"], one["name"])
                    if names == (account, stream, consumer) and one["cluster"]["leader"] == f"nats-{node}":
                        lag: int = one["num_pending"] + one["num_ack_pending"]
                        return lag
    return None


def _moved(text: str, places: dict[str, str]) -> str:
    """The same configuration with other ports and folders. AssertionError where one of them is not in it."""
    for before, after in places.items():
        assert before in text
        text = text.replace(before, after)
    return text


def _file_of(cluster: Cluster, secret: str, name: str) -> str:
    return base64.b64decode(cluster.named_like("Secret", secret)["data"][name]).decode()


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _certificate(folder: Path) -> Path:
    """One that is its own authority, for this machine."""
    folder.mkdir()
    made = f"-keyout {folder}/tls.key -out {folder}/tls.crt -days 2 -subj /CN=nats"
    named = "-addext subjectAltName=IP:127.0.0.1,DNS:nats"
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    subprocess.run(["openssl", "req", "-x509", *f"{key} {made} {named}".split()], check=True, capture_output=True)
    (folder / "ca.crt").write_bytes((folder / "tls.crt").read_bytes())
    return folder
