"""The drills, in the order in which they are carried out."""

from __future__ import annotations

from tests.drills.drill import Drill
from tests.drills.faults import artefacts, broker, killing

DRILLS: tuple[Drill, ...] = (
    Drill("kill-each", killing.kill_each),
    Drill("kill-all", killing.kill_all),
    Drill("broker-restart", broker.broker_restart),
    Drill("broker-wiped", broker.broker_wiped),
    Drill("broker-wiped-live", broker.broker_wiped_live),
    Drill("postgres-restart", killing.postgres_restart),
    Drill("artefacts-lost", artefacts.artefacts_lost),
    Drill("smtp-down", killing.smtp_down),
)
BY_NAME = {drill.name: drill for drill in DRILLS}
