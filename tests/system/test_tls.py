"""TLS on every link: to the broker, to Postgres, to the pages; and not a word in the clear where it cannot be had."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import trustme

from contracts.permissions import PROVISIONER, SERVICES
from deploy.embedded.nats import NatsServer
from deploy.embedded.postgres import DATABASE, SCHEMAS, PostgresServer, bootstrap, create_database
from deploy.embedded.process import free_port
from deploy.supervision import PythonChild
from services.kit import broker
from services.kit.broker import Bus
from services.kit.provision import provision
from services.kit.telemetry import Metrics
from tests.conftest import PASSWORDS
from tests.school import SCHOOL_ID
from tests.waiting import eventually

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""How a Postgres client asks for TLS."""
VERIFY_FAILED = "certificate verify failed"

pytestmark = pytest.mark.heavy


class Authority:
    """Somebody who vouches for servers on this machine."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        folder.mkdir()
        self.file = folder / "authority.pem"
        self.certificate = folder / "certificate.pem"
        self.key = folder / "key.pem"
        issued = self._authority.issue_cert("127.0.0.1", "localhost")
        self._authority.cert_pem.write_to_path(self.file)
        issued.private_key_pem.write_to_path(self.key)
        for part in issued.cert_chain_pems:
            part.write_to_path(self.certificate, append=True)


class TlsBroker(NatsServer):
    def __init__(self, home: Path, authority: Authority) -> None:
        super().__init__(home, free_port(), PASSWORDS, SCHOOL_ID)
        self._authority = authority

    def url(self, user: str) -> str:
        return super().url(user).replace("nats://", "tls://")

    def _configuration(self) -> dict[str, object]:
        tls = {"cert_file": str(self._authority.certificate), "key_file": str(self._authority.key)}
        return {**super()._configuration(), "tls": tls}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("trusted") / "authority")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that nobody trusts."""
    return Authority(tmp_path_factory.mktemp("strange") / "authority")


@pytest.fixture(scope="module")
async def tls_broker(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> AsyncIterator[TlsBroker]:
    server = TlsBroker(tmp_path_factory.mktemp("broker") / "nats", authority)
    server.start()
    bus = Bus(PROVISIONER, server.url(PROVISIONER), Metrics(), authority.file)
    await bus.start()
    await provision(bus.jetstream)
    await bus.stop()
    yield server
    server.stop()


class TlsPostgres:
    """The embedded Postgres is built without TLS: it has an end in front that speaks it, as Postgres itself would."""

    def __init__(self, server: PostgresServer, authority: Authority) -> None:
        self._server = server
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(authority.certificate, authority.key)
        self.port = 0

    def url(self, role: str, trusted: Path) -> str:
        where = f"127.0.0.1:{self.port}/{DATABASE}?sslmode=verify-full&sslrootcert={trusted}"
        return f"postgresql://{role}:{PASSWORDS[role]}@{where}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            assert await reader.readexactly(len(SSL_REQUEST)) == SSL_REQUEST
            writer.write(b"S")
            await writer.start_tls(self._tls)
            behind_reader, behind = await asyncio.open_connection("127.0.0.1", self._server.port)
            ways = [asyncio.ensure_future(hand_on(*way)) for way in ((reader, behind), (behind_reader, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            behind.close()
        # As Postgres does: without a word of goodbye, for which the client would be waited for.
        writer.transport.abort()


async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(1 << 16):
        writer.write(said)
        await writer.drain()


@pytest.fixture(scope="module")
async def tls_postgres(postgres: PostgresServer, authority: Authority) -> AsyncIterator[TlsPostgres]:
    await create_database(postgres)
    await bootstrap(postgres.url(), {role: PASSWORDS[role] for role in SCHEMAS})
    end = TlsPostgres(postgres, authority)
    async with await asyncio.start_server(end.serve, "127.0.0.1", 0) as listening:
        end.port = listening.sockets[0].getsockname()[1]
        yield end


@asynccontextmanager
async def service(name: str, folder: Path, variables: dict[str, str]) -> AsyncIterator[PythonChild]:
    child = PythonChild(name, f"services.{name}", folder / f"{name}.log", variables, free_port())
    child.start()
    try:
        yield child
    finally:
        # Beside the loop, in which Postgres' TLS is spoken.
        await asyncio.to_thread(child.stop)


def secrets_in(folder: Path, name: str, nats: NatsServer, postgres: TlsPostgres, trusted: Path) -> Path:
    """The folder, with what only this service may know."""
    folder.mkdir(mode=0o700)
    (folder / "laurel_nats_url").write_text(nats.url(name) + "\n")
    if name in SCHEMAS:
        (folder / "laurel_postgres_url").write_text(postgres.url(name, trusted) + "\n")
    return folder


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_speaks_tls_with_all_and_has_its_secrets_from_files(
    tmp_path: Path, authority: Authority, tls_broker: TlsBroker, tls_postgres: TlsPostgres, name: str
) -> None:
    secrets = secrets_in(tmp_path / "secrets", name, tls_broker, tls_postgres, authority.file)
    told = {
        "LAUREL_SECRETS_DIR": str(secrets),
        "LAUREL_NATS_CA_FILE": str(authority.file),
        "LAUREL_HTTP_CERT_FILE": str(authority.certificate),
        "LAUREL_HTTP_KEY_FILE": str(authority.key),
        "LAUREL_ARTEFACTS_URL": (tmp_path / "artefacts").as_uri(),
        "LAUREL_SMTP_URL": "smtp://127.0.0.1:1",
        "LAUREL_MAIL_FROM": "certificates@school.example",
        "LAUREL_PORTAL_URL": "https://portal.school.example",
    }
    trusting = ssl.create_default_context(cafile=authority.file)
    async with service(name, tmp_path, told) as child:
        async with httpx.AsyncClient(verify=trusting, base_url=f"https://127.0.0.1:{child.port}") as web:

            async def is_ready() -> bool:
                try:
                    return (await web.get("/readyz")).status_code == httpx.codes.OK
                except httpx.ConnectError:
                    return False

            await eventually(is_ready, within=60)
            assert (await web.get("/readyz")).json()["nats"] is True
        with pytest.raises(httpx.HTTPError):
            await httpx.AsyncClient(base_url=f"http://127.0.0.1:{child.port}").get("/healthz")


@pytest.mark.parametrize("stranger_vouches_for", ["broker", "postgres"])
async def test_whom_somebody_else_vouches_for_is_not_spoken_to_and_the_log_says_why(
    tmp_path: Path,
    stranger: Authority,
    authority: Authority,
    tls_broker: TlsBroker,
    tls_postgres: TlsPostgres,
    stranger_vouches_for: str,
) -> None:
    of_broker, of_postgres = (stranger, authority) if stranger_vouches_for == "broker" else (authority, stranger)
    told = {
        "LAUREL_SECRETS_DIR": str(
            secrets_in(tmp_path / "secrets", "portal", tls_broker, tls_postgres, of_postgres.file)
        ),
        "LAUREL_NATS_CA_FILE": str(of_broker.file),
        "LAUREL_ARTEFACTS_URL": (tmp_path / "artefacts").as_uri(),
        "LAUREL_PORTAL_URL": "https://portal.school.example",
    }
    async with service("portal", tmp_path, told) as child:

        async def says_why() -> bool:
            lines = child.log.read_text().splitlines()
            return any(f'"{stranger_vouches_for}_' in line and VERIFY_FAILED in line for line in lines)

        await eventually(says_why, within=30)
        assert PASSWORDS["portal"] not in child.log.read_text()


@asynccontextmanager
async def eavesdropper(heard: bytearray) -> AsyncIterator[int]:
    """Who answers in the broker's place, and offers no TLS."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.15.0","headers":true,"max_payload":1048576}\r\n')
        while said := await reader.read(1000):
            heard.extend(said)
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_where_tls_was_asked_for_and_is_not_offered_no_password_is_said(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(broker, "CONNECT_PATIENCE_S", 0.0)
    heard = bytearray()
    async with eavesdropper(heard) as port:
        bus = Bus("portal", f"tls://portal:secret@127.0.0.1:{port}", Metrics(), authority.file)
        with pytest.raises(TimeoutError):
            await bus.start()
        assert "offers no TLS" in capsys.readouterr().out
        assert not heard


async def test_a_folder_of_secrets_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    async with service("portal", tmp_path, {"LAUREL_SECRETS_DIR": str(tmp_path / "nowhere")}) as child:

        async def has_ended() -> bool:
            assert child.process is not None
            return child.process.poll() is not None

        await eventually(has_ended)
        assert f"LAUREL_SECRETS_DIR names {tmp_path / 'nowhere'}, and there is no such folder" in child.log.read_text()
