"""Who reaches whom in the manifests, and who nobody."""

from __future__ import annotations

import json

import pytest

from tests.manifests import DEPLOYED, Cluster, Document, selects

pytestmark = pytest.mark.heavy

DNS = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}
BROKER = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "nats"}}}


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


def _ways_out(cluster: Cluster, workload: str) -> set[tuple[str, int]]:
    return {
        _way(peer, port["port"])
        for rule in cluster.ways(workload, "Egress")
        for peer in rule["to"]
        for port in rule["ports"]
    }


def _way(peer: Document, port: int) -> tuple[str, int]:
    return json.dumps(peer, sort_keys=True), port
