"""What a NATS server tells about itself on its monitoring port, and what it does not tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.embedded import loopback

JETSTREAM_IS_ON = "/healthz?js-enabled-only=true"
EVERYTHING_IS_CURRENT = "/healthz"
STREAMS = "/jsz?accounts=true&streams=true"

UNREADABLE = (*loopback.NO_ANSWER, ValueError)


def ailment(port: int, store: Path) -> str | None:
    """Why the server cannot keep messages, though it runs; None while it can.

    Only what a restart cures. A member of a cluster that is still catching up is not ill.
    """
    try:
        return _jetstream_is_off(port) or _cannot_write(port) or _lost_a_folder(port, store)
    except UNREADABLE:
        return "does not answer"


def is_current(port: int) -> bool:
    """JetStream runs here, and holds all that the other servers hold."""
    try:
        return _get(port, EVERYTHING_IS_CURRENT)[0] == 200
    except UNREADABLE:
        return False


def leads(port: int, server_name: str, stream: str) -> bool:
    """The server is the one of its cluster that takes the stream's messages in."""
    try:
        kept = _streams(port)
    except UNREADABLE:
        return False
    return any(one["name"] == stream and one.get("cluster", {}).get("leader") == server_name for one in kept)


def _jetstream_is_off(port: int) -> str | None:
    status, said = _get(port, JETSTREAM_IS_ON)
    return None if status == 200 else f"keeps nothing any more ({said.get('error', status)})"


def _cannot_write(port: int) -> str | None:
    # Once a write has failed, on a full disk for one, the stream takes nothing more in until a restart.
    error = str(_get(port, EVERYTHING_IS_CURRENT)[1].get("error", ""))
    return f"cannot write ({error})" if "write error" in error else None


def _lost_a_folder(port: int, store: Path) -> str | None:
    # A server whose files were deleted says that all is well, and acknowledges what goes into deleted files.
    kept = [(stream["account"], stream["name"]) for stream in _streams(port)]
    lost = [name for account, name in kept if not (store / "jetstream" / account / "streams" / name / "msgs").is_dir()]
    return f"has lost the files of {', '.join(sorted(lost))}" if lost else None


def _streams(port: int) -> list[dict[str, Any]]:
    """Each that this server keeps, with the `account` it belongs to."""
    accounts = _get(port, STREAMS)[1].get("account_details", [])
    return [{**one, "account": account["name"]} for account in accounts for one in account.get("stream_detail", [])]


def _get(port: int, path: str) -> tuple[int, dict[str, Any]]:
    status, body = loopback.get(port, path)
    return status, json.loads(body)
