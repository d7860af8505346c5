"""Node and npm, for the tests of what other systems do."""

from __future__ import annotations

from tests import debian


def node_is_there() -> None:
    """Installed where it is missing; the test skips where it cannot be."""
    # Some packages of Node bring npm, and are at odds with the package of npm alone.
    debian.is_there("node", "nodejs")
    debian.is_there("npm", "npm")
