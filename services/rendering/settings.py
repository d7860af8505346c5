"""What rendering is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.kit.settings import ArtefactSettings, ServiceSettings


class RenderingSettings(ServiceSettings, ArtefactSettings):
    http_port: int = 8102
    chromium: Path | None = None
    """Chromium's executable; without it the usual places are searched."""
    workers: Annotated[int, Field(ge=1)] = 2
    """Certificates printed side by side; one a core is right."""
    print_timeout_s: Annotated[float, Field(gt=0)] = 20.0
