"""A real S3: Ceph's RADOS gateway with one monitor and one store in memory, on loopback alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import obstore
from obstore.store import S3Store

from deploy.embedded.process import answers, free_port, spawn, stop

PACKAGES = ("radosgw", "ceph-mon", "ceph-osd")
BUCKET = "laurel"
ACCESS_KEY, SECRET_KEY = "certificates", "a-secret-of-the-tests"
START_PATIENCE_S = 120
POLL_S = 0.1
TOO_SOON = re.compile(r"EPERM|wrong fsid|Operation not permitted")

CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = v1:127.0.0.1:{monitor}
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
mon allow pool size one = true
mon max pg per osd = 2000
mon data avail crit = 1
mon data = {folder}/monitor
osd data = {folder}/store
run dir = {folder}
crash dir = {folder}
admin socket = {folder}/$name.$pid.asok
log file = {folder}/$name.log
keyring = {folder}/keyring
pid file =
ms bind ipv6 = false
ms bind msgr2 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
[client.gateway]
rgw data = {folder}
rgw frontends = beast endpoint=127.0.0.1:{gateway}
"""
CAPABILITIES = {
    "mon.": ("--cap", "mon", "allow *"),
    "client.admin": ("--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"),
    "client.gateway": ("--cap", "mon", "allow rw", "--cap", "osd", "allow rwx"),
    "osd.0": ("--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"),
}


class S3Server:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = folder / "ceph.conf"
        self._monitor, self.port = free_port(), free_port()
        self._running: list[subprocess.Popen[bytes]] = []
        self._gateway: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"s3://{BUCKET}/school"

    def variables(self, secret: str = SECRET_KEY) -> dict[str, str]:
        """What a service is told, as docs/running.md says."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": secret,
        }

    def start(self) -> None:
        """From nothing to a bucket and a user for it."""
        self._lay_out()
        self._running.append(self._spawn("ceph-mon", "-i", "a"))
        store = str(uuid.uuid4())
        self._run("ceph", "osd", "new", store)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store)
        self._start_store()
        self.start_gateway()
        self._run(
            *("radosgw-admin", "-n", "client.gateway", "user", "create", "--uid=laurel", "--display-name=Laurel"),
            *(f"--access-key={ACCESS_KEY}", f"--secret={SECRET_KEY}"),
        )

    def _start_store(self) -> None:
        """Up, as far as its monitor knows; one that asked before it knew whose it is has ended, and begins anew."""
        give_up_at = time.monotonic() + START_PATIENCE_S
        store = self._spawn("ceph-osd", "-i", "0")
        while "1 up" not in self._run("ceph", "osd", "stat"):
            assert time.monotonic() < give_up_at, (self._folder / "osd.0.log").read_text()[-2000:]
            if store.poll() is not None:
                store = self._spawn("ceph-osd", "-i", "0")
            time.sleep(POLL_S)
        self._running.append(store)

    def stop(self) -> None:
        self.stop_gateway()
        for process in reversed(self._running):
            stop(process)

    def start_gateway(self) -> None:
        give_up_at = time.monotonic() + START_PATIENCE_S
        self._gateway = self._spawn("radosgw", "-n", "client.gateway")
        while not answers(self.port):
            assert time.monotonic() < give_up_at, (self._folder / "client.gateway.log").read_text()[-2000:]
            if self._gateway.poll() is not None:
                self._gateway = self._spawn("radosgw", "-n", "client.gateway")
            time.sleep(POLL_S)

    def stop_gateway(self) -> None:
        """As where the machine is away: nobody answers."""
        if self._gateway is not None:
            stop(self._gateway)

    async def make_bucket(self) -> None:
        variables = self.variables()
        store = S3Store(
            BUCKET,
            endpoint=f"{variables['AWS_ENDPOINT_URL']}",
            client_options={"allow_http": True},
            region=variables["AWS_REGION"],
            access_key_id=ACCESS_KEY,
            secret_access_key=SECRET_KEY,
        )
        address = await obstore.sign_async(store, "PUT", "", timedelta(minutes=1))
        async with httpx.AsyncClient() as web:
            (await web.put(address)).raise_for_status()

    def _lay_out(self) -> None:
        for place in ("monitor", "store"):
            (self._folder / place).mkdir(parents=True)
        fsid = str(uuid.uuid4())
        told = {"fsid": fsid, "folder": self._folder, "monitor": self._monitor, "gateway": self.port}
        self._config.write_text(CONFIGURATION.format(**told))
        keyring, monitors = str(self._folder / "keyring"), str(self._folder / "monitors")
        self._run_bare("ceph-authtool", "--create-keyring", keyring)
        for name, capabilities in CAPABILITIES.items():
            self._run_bare("ceph-authtool", keyring, "--gen-key", "-n", name, *capabilities)
        place = f"v1:127.0.0.1:{self._monitor}"
        self._run_bare("monmaptool", "--create", "--addv", "a", place, "--fsid", fsid, monitors)
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monitors, "--keyring", keyring)

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        return spawn([program, "-c", str(self._config), *arguments, "-f"], self._folder / f"{program}.out")

    def _run(self, program: str, *arguments: str) -> str:
        return self._run_bare(program, "-c", str(self._config), *arguments, patience_s=START_PATIENCE_S)

    def _run_bare(self, *command: str, patience_s: float = 0.0) -> str:
        """What it said. Ceph's programs may ask before the monitor has told them whose it is, and are refused then."""
        give_up_at = time.monotonic() + patience_s
        while True:
            ran = subprocess.run(_found(command), capture_output=True, text=True, timeout=START_PATIENCE_S, check=False)
            if ran.returncode == 0:
                return ran.stdout
            assert time.monotonic() < give_up_at, f"{command}: {ran.stdout}{ran.stderr}"
            assert TOO_SOON.search(ran.stdout + ran.stderr), f"{command}: {ran.stdout}{ran.stderr}"
            time.sleep(POLL_S)


def _found(command: Sequence[str]) -> list[str]:
    return [shutil.which(command[0]) or command[0], *command[1:]]
