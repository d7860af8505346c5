"""The drills, in the order in which they are carried out."""

from __future__ import annotations

from tests.drills.drill import Drill, nothing
from tests.drills.faults import artefacts, broker, deploying, full_disk, killing, meddling, poison, rude_smtp
from tests.drills.faults.backup import restored
from tests.drills.faults.cluster import cluster_drill
from tests.drills.faults.slow import slow_drill

_lose_a_node, _cluster = cluster_drill()
_slow, _far_away = slow_drill()

DRILLS: tuple[Drill, ...] = (
    Drill("kill-each", killing.kill_each),
    Drill("kill-all", killing.kill_all),
    Drill("broker-restart", broker.broker_restart),
    Drill("broker-wiped", broker.broker_wiped),
    Drill("broker-wiped-live", broker.broker_wiped_live),
    Drill("postgres-restart", killing.postgres_restart),
    Drill("artefacts-lost", artefacts.artefacts_lost),
    Drill("smtp-down", killing.smtp_down),
    Drill("smtp-rude", nothing, rude_smtp.rude),
    Drill("duplicate-everything", nothing, meddling.everything_twice),
    Drill("reorder", nothing, meddling.events_shuffled),
    Drill(
        "poison",
        poison.poison,
        cramped=poison.POISONED,
        before=poison.cramped_first,
        mend=poison.mended_and_sent_through,
    ),
    Drill("disk-full", full_disk.disk_full, full_disk.small_disks),
    Drill("slow", _slow, _far_away),
    Drill("deploy", deploying.deploy),
    Drill("restored", restored),
    Drill("cluster", _lose_a_node, _cluster),
)
BY_NAME = {drill.name: drill for drill in DRILLS}
