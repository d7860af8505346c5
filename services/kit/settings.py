"""What every service is told through `LAUREL_*` variables, or through files that are named like them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

SECRETS = "LAUREL_SECRETS_DIR"
"""Names the folder with a file for each secret: `laurel_nats_url` holds what `LAUREL_NATS_URL` would, which wins."""


class SecretsMissing(Exception):
    """The folder is not there; the text says so."""


class Settings(BaseSettings):
    """From the environment, and from the files in `LAUREL_SECRETS_DIR` where that is set."""

    # What is wrong is said without what was given: that may be a password.
    model_config = SettingsConfigDict(env_prefix="LAUREL_", frozen=True, hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = os.environ.get(SECRETS)
        if not folder:
            return init_settings, env_settings
        if not Path(folder).is_dir():
            raise SecretsMissing(f"{SECRETS} names {folder}, and there is no such folder")
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, secrets_dir=folder)


class ServiceSettings(Settings):
    """Settings that all services have. Each service adds its own and gives the HTTP port its default."""

    nats_url: str = "nats://127.0.0.1:4222"
    """May carry a credential: `nats://user:password@host:port`, or `tls://…` and nothing in the clear."""
    nats_ca_file: Path | None = None
    """The authorities (PEM) that the broker's certificate may be of, and no others; None: the system's."""
    http_host: str = "127.0.0.1"
    http_port: int
    http_cert_file: Path | None = None
    """With `http_key_file` (both PEM) all pages are served by TLS alone."""
    http_key_file: Path | None = None
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class DatabaseSettings(Settings):
    """For services that own a schema."""

    postgres_url: str = "postgresql://127.0.0.1:5432/laurel"
    """`postgresql://role:password@host:port/database`. The role sees its own schema alone.

    `?sslmode=verify-full&sslrootcert=FILE` for TLS.
    """


class ArtefactSettings(Settings):
    """For services that read or write the artefact store."""

    artefacts_url: str
    """`file:///a/folder` or `s3://bucket/prefix` (S3 credentials from the usual `AWS_*` variables)."""
