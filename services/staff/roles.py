"""What an account may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """From the one that may least to the one that may most: each may also do what those before it may."""

    TEACHER = "teacher"
    """Marks, and looks at students and their certificates."""
    OFFICE = "office"
    """Issues, and sees to all that is not the manager's."""
    MANAGER = "manager"
    """Withdraws and reissues; layouts, levels and people."""

    def may(self, needed: Role) -> bool:
        """Whether it is enough for what needs that one."""
        ascending = list(Role)
        return ascending.index(self) >= ascending.index(needed)


TEACHER, OFFICE, MANAGER = Role
