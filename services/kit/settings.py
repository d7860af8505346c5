"""What every service is told through `LAUREL_*` variables."""

from __future__ import annotations

from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings that all services have. Each service adds its own and gives the HTTP port its default."""

    model_config = SettingsConfigDict(env_prefix="LAUREL_", frozen=True)

    nats_url: str = "nats://127.0.0.1:4222"
    """May carry a credential: `nats://user:password@host:port`."""
    http_host: str = "127.0.0.1"
    http_port: int
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class DatabaseSettings(BaseSettings):
    """For services that own a schema."""

    model_config = SettingsConfigDict(env_prefix="LAUREL_", frozen=True)

    postgres_url: str = "postgresql://127.0.0.1:5432/laurel"
    """`postgresql://role:password@host:port/database`. The role sees its own schema alone."""


class ArtefactSettings(BaseSettings):
    """For services that read or write the artefact store."""

    model_config = SettingsConfigDict(env_prefix="LAUREL_", frozen=True)

    artefacts_url: str
    """`file:///a/folder` or `s3://bucket/prefix` (S3 credentials from the usual `AWS_*` variables)."""
