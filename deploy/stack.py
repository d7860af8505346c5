"""The embedded stack: NATS, Postgres, the inbox and the services, on this machine and for one school."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import httpx

from contracts.permissions import SERVICES
from deploy.addresses import Addresses
from deploy.credentials import POSTGRES
from deploy.embedded.nats import NatsServer
from deploy.embedded.postgres import SCHEMAS, PostgresServer, bootstrap, create_database
from deploy.endpoints import Endpoints, publish_endpoints, withdraw_endpoints
from deploy.home import Home
from deploy.ports import wait_until_free
from deploy.seed import make_staff_accounts, publish_demo_layouts, seed_demo_school
from deploy.supervision import Child, PythonChild, Say, keep_alive, stop_all

MAIL_FROM = "certificates@kauricoast.example"
GIVING_WAY = ("inbox", "notification", "webhooks")
"""A mail or a webhook may come a second later; whoever stands at the counter waits for the others."""

Told = Callable[[str], Mapping[str, str]]
"""By a service's name: variables of its own."""


def nothing_else(service: str) -> Mapping[str, str]:
    return {}


class Stack:
    """The children of one home. `running_stack` is how to start them."""

    def __init__(self, home: Home, addresses: Addresses, say: Say, told: Told = nothing_else) -> None:
        """What a service is `told` has the last word over what the stack tells it."""
        self._addresses = addresses
        self._logs = home.logs
        self._say = say
        self._told = told
        ports, passwords = addresses.ports, addresses.passwords
        self._postgres = PostgresServer(home.folder / "postgres", ports["postgres"], passwords[POSTGRES])
        self._nats = NatsServer(home.folder / "nats", ports["nats"], passwords, addresses.school_id)
        inbox_variables = {"LAUREL_SMTP_PORT": str(ports["smtp"]), "LAUREL_MAIL_FOLDER": str(home.mail)}
        self._inbox = self._child("inbox", "deploy.inbox", inbox_variables)
        self._services = [self._child(name, f"services.{name}", self._variables(name)) for name in SERVICES]

    async def start(self, running: AsyncExitStack) -> None:
        """All of it up and ready; `running` stops it again, in reverse, beside the loop: a proxy may live in that."""
        wait_until_free(self._addresses.ports)
        await self._start_servers(running)
        self._say(f"starting the inbox and the services ({', '.join(SERVICES)})")
        running.push_async_callback(asyncio.to_thread, self._inbox.stop)
        running.push_async_callback(asyncio.to_thread, stop_all, self._services)
        for child in (self._inbox, *self._services):
            child.start()
        async with httpx.AsyncClient(timeout=5) as client:
            await asyncio.gather(*(child.until_ready(client) for child in (self._inbox, *self._services)))

    @property
    def children(self) -> dict[str, Child]:
        """By name, in the order in which they start."""
        children: tuple[Child, ...] = (self._postgres, self._nats, self._inbox, *self._services)
        return {child.name: child for child in children}

    async def keep_alive(self) -> None:
        """Start again whatever dies. Runs until cancelled."""
        await asyncio.gather(*map(self.watch, self.children.values()))

    async def watch(self, child: Child) -> None:
        """Start this one again whenever it dies. Runs until cancelled."""
        await keep_alive(child, self._say)

    async def _start_servers(self, running: AsyncExitStack) -> None:
        self._say("starting Postgres and NATS")
        for server in (self._postgres, self._nats):
            running.push_async_callback(asyncio.to_thread, server.stop)
            server.start()
        await create_database(self._postgres)
        passwords = {role: self._addresses.passwords[role] for role in SCHEMAS}
        await bootstrap(self._addresses.postgres(), passwords)

    def _child(self, name: str, module: str, variables: dict[str, str]) -> PythonChild:
        port, gives_way = self._addresses.ports[name], name in GIVING_WAY
        return PythonChild(name, module, self._logs / f"{name}.log", variables, port, gives_way=gives_way)

    def _variables(self, service: str) -> dict[str, str]:
        """All that any service is told; each reads what it knows."""
        addresses = self._addresses
        return {
            "LAUREL_NATS_URL": addresses.nats(service),
            "LAUREL_PORTAL_URL": addresses.web("portal"),
            "LAUREL_ARTEFACTS_URL": addresses.artefacts,
            "LAUREL_SMTP_URL": f"smtp://{addresses.smtp}",
            "LAUREL_MAIL_FROM": os.environ.get("LAUREL_MAIL_FROM", MAIL_FROM),
            "LAUREL_LOG_FORMAT": "json",
            **({"LAUREL_POSTGRES_URL": addresses.postgres(service)} if service in SCHEMAS else {}),
            **self._told(service),
        }


@asynccontextmanager
async def running_stack(home: Home, *, seed: bool, say: Say) -> AsyncIterator[Endpoints]:
    """A stack that is ready, with its school; what dies is started again until the block ends.

    AlreadyRunning, HomeUnusable, PortTaken or DidNotStart, each with a text for people, when it cannot be.
    """
    async with AsyncExitStack() as running:
        running.enter_context(home.locked())
        started = time.monotonic()
        # A stack that was killed left them behind.
        withdraw_endpoints(home)
        addresses = Addresses.of(home)
        stack = Stack(home, addresses, say)
        running.callback(say, "stopped")
        await stack.start(running)
        await _prepare_school(addresses, seed=seed, say=say)
        async with asyncio.TaskGroup() as background:
            watching = background.create_task(stack.keep_alive())
            publish_endpoints(home, addresses.endpoints)
            say(f"ready after {time.monotonic() - started:.0f} s")
            try:
                yield addresses.endpoints
            finally:
                withdraw_endpoints(home)
                say("stopping: the services finish what is in hand")
                watching.cancel()


async def _prepare_school(addresses: Addresses, *, seed: bool, say: Say) -> None:
    """Layouts to print on and accounts to sign in with; the demo school's people and levels if asked for."""
    await make_staff_accounts(addresses, demo=seed)
    say("publishing the layouts")
    await publish_demo_layouts(addresses)
    if seed:
        say("telling it about the demo school: 60 students of 40 families, 10 levels, 2 pools")
        await seed_demo_school(addresses.endpoints, datetime.now(UTC).date())
