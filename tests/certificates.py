"""Certificates for servers of tests, made by openssl."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

NEW = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
HERE = "IP:127.0.0.1"


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs for whoever asks."""

    folder: Path
    name: str

    @classmethod
    def new(cls, folder: Path, name: str = "authority") -> Authority:
        authority = cls(folder, name)
        _openssl(
            *NEW, "-subj", f"/CN={name}", "-keyout", authority.key, "-out", authority.file,
            "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip
        return authority

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.pem"

    @property
    def key(self) -> Path:
        return self.folder / f"{self.name}.key"

    def server(self, alternative_name: str = HERE) -> ssl.SSLContext:
        """What a server of this name shows."""
        key, certificate = self.folder / "server.key", self.folder / "server.pem"
        _openssl(
            *NEW, "-subj", "/CN=server", "-keyout", key, "-out", certificate,
            "-CA", self.file, "-CAkey", self.key,
            "-addext", f"subjectAltName={alternative_name}", "-addext", "basicConstraints=critical,CA:FALSE",
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
