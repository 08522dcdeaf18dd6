"""What this app fills in at the places that lower apps name."""

from __future__ import annotations


def register() -> None:
    """Called once when Django is ready."""
