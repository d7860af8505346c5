"""What an image's HEALTHCHECK runs: ends with 0 while the service beside it says that it is well.

Standard library alone, and no package of ours: it starts every few seconds in every container.
"""

from __future__ import annotations

import os
import ssl
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection

TIMEOUT_S = 5.0


def is_well(port: int, *, tls: bool) -> bool:
    connection = _secured(port) if tls else HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


def _secured(port: int) -> HTTPConnection:
    """The certificate is for the name that families know, and nobody stands between here and here."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT_S, context=context)


if __name__ == "__main__":
    sys.exit(not is_well(int(os.environ["LAUREL_HTTP_PORT"]), tls=bool(os.environ.get("LAUREL_HTTP_CERT_FILE"))))
