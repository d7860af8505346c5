"""One try: the event over HTTPS to the endpoint's address, and what came of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx

from services.webhooks.domain import arrived, signed
from services.webhooks.store import Due, Outcome
from services.webhooks.targets import Forbidden, Targets, Unresolved

USER_AGENT = "Laurel-Webhooks/1"


class Courier:
    name = "courier"

    def __init__(self, targets: Targets, timeout_s: float) -> None:
        self._targets = targets
        self._timeout_s = timeout_s
        self._client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        # No proxy and no .netrc of the surroundings; each try has a connection of its own, to the address looked at.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.AsyncClient(
            trust_env=False, follow_redirects=False, timeout=self._timeout_s, limits=limits
        )

    async def stop(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def ready(self) -> bool:
        return self._client is not None

    async def deliver(self, due: Due) -> Outcome:
        """The answer's body is not read: only whether it took the event counts."""
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await self._post(due)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(error="It did not answer in time.")
        except (Forbidden, Unresolved) as error:
            return Outcome(error=str(error))
        except httpx.ConnectError as error:
            return Outcome(error=_why_not_connected(error))
        except httpx.HTTPError:
            return Outcome(error="The connection broke off before there was an answer.")
        except (ValueError, OSError):
            return Outcome(error="It could not be sent.")
        return Outcome(status) if arrived(status) else Outcome(status, _why_not(status))

    async def _post(self, due: Due) -> int:
        assert self._client is not None
        url = self._targets.read(due.url)
        address = await self._targets.address_of(url)
        body = due.event.body()
        headers = {
            "host": url.netloc.decode(),
            "content-type": "application/cloudevents+json; charset=utf-8",
            "user-agent": USER_AGENT,
            **signed(due.event.id, datetime.now(UTC), body, due.secrets),
        }
        # The certificate has to be that of the name, though the connection goes to the address.
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers=headers,
            extensions={"sni_hostname": url.raw_host.decode()},
        )
        request.extensions["timeout"] = httpx.Timeout(self._timeout_s).as_dict()
        answer = await self._client.send(request, stream=True)
        await answer.aclose()
        return answer.status_code


def _why_not(status: int) -> str:
    if 300 <= status < 400:
        return f"It answered {status}: sent on to another address. Give that one here."
    return f"It answered {status}."


def _why_not_connected(error: httpx.ConnectError) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "Its certificate is not valid for this address."
    return "There is no connection to it."
