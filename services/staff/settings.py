"""What the staff web is told through `LAUREL_*` variables."""

from __future__ import annotations

from services.kit.settings import DatabaseSettings, ServiceSettings


class StaffSettings(ServiceSettings, DatabaseSettings):
    http_port: int = 8105
    outcome_patience_s: float = 10.0
    """How long a page waits to hear whether a command was accepted before it goes on without knowing."""
    session_idle_minutes: float = 120.0
    """Nothing was done for so long: sign in again."""
    session_hours: float = 12.0
    """A day's work: sign in again, whatever is being done."""
    undo_s: int = 600
    """How long after its start a run's mail is held, unless staff choose another time: until then it can be undone.

    0: it goes at once, and no undo is offered. progression grants an undo for ten minutes at most.
    """
