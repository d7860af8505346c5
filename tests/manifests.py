"""The Kubernetes manifests as a cluster gets them: rendered by kustomize itself, from the overlay in the folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from contracts.permissions import SERVICES
from deploy import kubernetes_secrets

ROOT = Path(__file__).parents[1]
MANIFESTS = ROOT / "deploy" / "kubernetes"
OVERLAY = Path("overlays", "example")
DEPLOYED = (*dict.fromkeys((*SERVICES, "webhooks")),)
TOOLS = ROOT / ".venv" / "tools" / "bin"
WEBHOOKS_URL = Path("webhooks", kubernetes_secrets.NATS_URL)

Document: TypeAlias = dict[str, Any]

AS_JSON = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"


def install_tools() -> None:
    subprocess.run(["sh", ROOT / "deploy" / "tools.sh"], check=True)


def tool(name: str, *arguments: str | Path, given: str | None = None) -> str:
    """What the tool prints. AssertionError with its complaint when it ends with anything but 0."""
    ended = subprocess.run([TOOLS / name, *arguments], input=given, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{name}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def rendered(folder: Path, schools: Sequence[str]) -> list[Document]:
    """The example overlay's documents. `folder` gets a copy of the manifests, with credentials of its own."""
    manifests = shutil.copytree(MANIFESTS, folder / "kubernetes", ignore=shutil.ignore_patterns("secrets"))
    kept = manifests / OVERLAY / "secrets"
    kubernetes_secrets.lay_out(kept, schools)
    for path in (*kubernetes_secrets.missing(kept), WEBHOOKS_URL):
        if not (kept / path).exists():
            (kept / path).parent.mkdir(exist_ok=True)
            (kept / path).write_text("NOT=known\n")
    documents: list[Document] = json.loads(
        tool("python", "-c", AS_JSON, given=tool("kubectl", "kustomize", manifests / OVERLAY))
    )
    return documents


class Cluster:
    """What would be in the cluster after `kubectl apply`."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents

    def of_kind(self, kind: str) -> dict[str, Document]:
        """Each by its name."""
        return {one["metadata"]["name"]: one for one in self.documents if one["kind"] == kind}

    def named_like(self, kind: str, name: str) -> Document:
        """The one that a generator made: its name ends in a hash."""
        [found] = [one for full, one in self.of_kind(kind).items() if full.rpartition("-")[0] == name]
        return found

    def workloads(self) -> dict[str, Document]:
        return self.of_kind("Deployment") | self.of_kind("StatefulSet")

    def containers(self) -> Iterator[tuple[Document, Document]]:
        """Each pod's spec with each of its containers."""
        for workload in self.workloads().values():
            spec = workload["spec"]["template"]["spec"]
            for container in (*spec.get("initContainers", ()), *spec["containers"]):
                yield spec, container

    def settings_of(self, service: str) -> dict[str, str]:
        """Its `LAUREL_*` variables, from its ConfigMap and from its own list."""
        spec = self.of_kind("Deployment")[service]["spec"]["template"]["spec"]
        [container] = spec["containers"]
        variables = {each["name"]: each["value"] for each in container["env"]}
        for source in container["envFrom"]:
            if "configMapRef" in source:
                variables |= self.of_kind("ConfigMap")[source["configMapRef"]["name"]]["data"]
        return {name: value for name, value in variables.items() if name.startswith("LAUREL_")}

    def referred(self) -> Iterator[tuple[str, str]]:
        """Kind and name of all that pods and visitors are led to."""
        for spec, container in self.containers():
            yield "ServiceAccount", spec["serviceAccountName"]
            for volume in spec["volumes"]:
                if "secret" in volume:
                    yield "Secret", volume["secret"]["secretName"]
                if "configMap" in volume:
                    yield "ConfigMap", volume["configMap"]["name"]
            for source in container.get("envFrom", ()):
                for kind in ("ConfigMap", "Secret"):
                    if (reference := f"{kind[0].lower()}{kind[1:]}Ref") in source:
                        yield kind, source[reference]["name"]
        for ingress in self.of_kind("Ingress").values():
            for rule in ingress["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    yield "Service", path["backend"]["service"]["name"]

    def ways(self, workload: str, direction: str) -> list[Document]:
        """All that the network policies allow its pods: `Ingress` or `Egress`."""
        pods = self.workloads()[workload]["spec"]["template"]["metadata"]["labels"]
        policies = [each["spec"] for each in self.of_kind("NetworkPolicy").values()]
        mine = [each for each in policies if selects(each["podSelector"], pods) and direction in each["policyTypes"]]
        assert mine, f"{workload}: no policy means that everything is allowed"
        return [rule for each in mine for rule in each.get(direction.lower(), [])]


def selects(selector: Document, labels: Mapping[str, str]) -> bool:
    """As Kubernetes reads a label selector; `In` is the one operator in use."""
    expressions = selector.get("matchExpressions", [])
    assert all(each["operator"] == "In" for each in expressions)
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        labels.get(each["key"]) in each["values"] for each in expressions
    )


def mebibytes(quantity: str) -> int:
    return int(quantity[:-2]) * {"Mi": 1, "Gi": 1024}[quantity[-2:]]
