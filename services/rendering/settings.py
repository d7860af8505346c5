"""What rendering is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.settings import ArtefactSettings, ServiceSettings


class ChromiumSettings(BaseSettings):
    """For whatever prints."""

    model_config = SettingsConfigDict(env_prefix="LAUREL_", frozen=True)

    chromium: Path | None = None
    """Chromium's executable; without it the usual places are searched."""
    chromium_user: str = "nobody"
    """Whom Chromium runs as when root starts the service."""
    chromium_sandbox: Literal["on", "off"] = "on"
    """`off` where the kernel forbids user namespaces and every layout is trusted."""
    chromium_memory_mb: Annotated[int, Field(ge=100)] = 1000
    """What the browser may keep between prints: above it, it begins with fresh pages."""
    chromium_process_mb: Annotated[int, Field(ge=300)] = 1500
    """What one process of the browser may take while it prints: above it, it is killed."""


class RenderingSettings(ServiceSettings, ArtefactSettings, ChromiumSettings):
    http_port: int = 8102
    in_hand: Annotated[int, Field(ge=1)] = 50
    """Commands taken at once: while some are printed together, the next come, and those before are stored."""
    print_timeout_s: Annotated[float, Field(gt=0)] = 20.0
