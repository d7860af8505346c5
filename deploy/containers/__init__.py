"""Laurel in containers on one machine: what `deploy/compose.yaml` is told, and how a new school is prepared there."""
