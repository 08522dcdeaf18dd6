"""Prepares, starts and supervises the portal's processes, and runs its tests and checks."""
