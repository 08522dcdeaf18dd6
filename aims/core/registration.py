"""What core itself fills in: permission table, machines, navigation, reminders."""

from __future__ import annotations

from aims.core import permissions
from aims.core.access_table import TABLE


def register() -> None:
    """Called once when Django is ready."""
    permissions.declare("core", TABLE)
