"""Reads of the inventory, each shaped for one page, list or document."""
