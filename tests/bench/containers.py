"""Renderers in containers: `laurel/rendering` as it is shipped, each with a budget of CPU.

They share the host's network, since the bench's broker listens on loopback only. Whatever the machine has, a renderer
gets no more than its budget: so what one and two of them print tells whether anything but renderers is in the way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from deploy.embedded.nats import NatsServer
from deploy.embedded.process import free_port
from deploy.supervision import PythonChild
from tests.bench.lab import Figures, Lab
from tests.bench.renderers import Renderer, warm_renderers

ROOT = Path(__file__).parents[2]
CPUS = 0.5
"""Of each: on two cores two renderers leave one to the broker, the bench and the machine."""
SECCOMP = ROOT / "deploy" / "chromium-seccomp.json"
"""Namespaces for Chromium's own sandbox, beyond what Docker allows by itself."""
STORE = "/var/lib/laurel/artefacts"
ENGINE_PATIENCE_S = 20.0


class RendererContainer(PythonChild):
    """`docker run` in the foreground: it hands on the signal to stop, and what the service says."""

    def __init__(self, name: str, folder: Path, variables: dict[str, str], port: int) -> None:
        told = variables | {"LAUREL_ARTEFACTS_URL": f"file://{STORE}", "LAUREL_HTTP_HOST": "127.0.0.1"}
        super().__init__(name, "services.rendering", folder / f"{name}.log", told, port)
        self._container = f"laurel-bench-{os.getpid()}-{name}"
        self._command = (
            *("docker", "run", "--rm", "--name", self._container, "--network", "host", "--cpus", str(CPUS)),
            *("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--security-opt", f"seccomp={SECCOMP}", "--volume", f"{folder / 'artefacts'}:{STORE}"),
            *(word for variable in self.variables for word in ("--env", variable)),
            image(),
        )

    def stop(self) -> None:
        super().stop()
        # Gone already, unless the client was killed.
        subprocess.run(["docker", "rm", "--force", self._container], capture_output=True, check=False)


async def two_contained(lab: Lab) -> Figures:
    """`contained_two_per_s`; nothing where there are no containers."""
    return {} if why_none() else {"contained_two_per_s": await _per_second(lab, 2)}


async def one_contained(lab: Lab) -> Figures:
    """`contained_one_per_s`; nothing where there are no containers."""
    return {} if why_none() else {"contained_one_per_s": await _per_second(lab, 1)}


async def _per_second(lab: Lab, renderers: int) -> float:
    async with warm_renderers(lab, renderers, _contained) as rendering:
        return lab.sizes.contained / await rendering.commands.print_waiting(lab.sizes.contained)


def _contained(folder: Path, number: int, broker: NatsServer, artefacts: Path) -> Renderer:
    # Whoever the container runs as writes there.
    artefacts.chmod(0o777)
    for made in artefacts.rglob("*"):
        made.chmod(0o777)
    port = free_port()
    variables = {"LAUREL_NATS_URL": broker.url("rendering"), "LAUREL_LOG_FORMAT": "json"}
    return Renderer(RendererContainer(f"rendering-{number}", folder, variables, port), port)


def image() -> str:
    """`laurel/rendering` of this version, or what `LAUREL_RENDERING_IMAGE` names."""
    return os.environ.get("LAUREL_RENDERING_IMAGE") or f"laurel/rendering:{version('laurel')}"


def why_none() -> str | None:
    """Why no renderer can run in a container here; None where it can."""
    if shutil.which("docker") is None:
        return "Docker is not installed"
    asked = ["docker", "image", "inspect", "--format", "{{.Id}}", image()]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=ENGINE_PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return "Docker's engine does not answer"
    if answer.returncode == 0:
        return None
    told = answer.stderr.lower()
    return f"the image {image()} is not built" if "no such image" in told else "Docker's engine does not answer"
