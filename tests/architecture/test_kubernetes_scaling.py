"""How many renderers and brokers the manifests ask for, and where."""

from __future__ import annotations

import pytest

from contracts.topology import RENDERING_ISSUE
from services.progression.feeding import RESERVE
from services.rendering.settings import RenderingSettings
from tests.manifests import Cluster, selects

pytestmark = pytest.mark.heavy


def test_renderers_are_scaled_by_the_lag_of_their_own_consumer(cluster: Cluster) -> None:
    scaling = cluster.of_kind("ScaledObject")["rendering"]
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
