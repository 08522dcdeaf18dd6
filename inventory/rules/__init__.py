"""Decisions of the inventory as plain functions, and its state machines."""

from inventory.rules.suppliers import SUPPLIER
from inventory.rules.systems import AI_SYSTEM

MACHINES = (AI_SYSTEM, SUPPLIER)
