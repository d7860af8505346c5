"""How a command that changed nothing answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.base import Body


class RefusalReason(Body):
    """`code` for programs, `message` for people, `path` where in the body (`certificates.2.notes`)."""

    code: str
    message: str
    path: str | None = None


class Refused(Body):
    """The command changed nothing, and why."""

    command_id: str
    """The refused command's `ce-id`."""
    command_type: str
    """Its `ce-type`."""
    reasons: Annotated[tuple[RefusalReason, ...], Field(min_length=1)]
