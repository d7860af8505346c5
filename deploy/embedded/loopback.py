"""Asking a child of the stack over HTTP, so cheaply that it can be done all the time."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException

TIMEOUT_S = 5.0

NO_ANSWER = (OSError, HTTPException)


def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body. One of NO_ANSWER when there is none in time."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
