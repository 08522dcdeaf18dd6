"""Decisions of the inventory as plain functions, and its state machines."""

from inventory.rules.changes import CHANGE_REQUEST
from inventory.rules.concerns import CONCERN
from inventory.rules.discovery import DISCOVERY
from inventory.rules.incidents import INCIDENT
from inventory.rules.monitoring import ALERT
from inventory.rules.suppliers import SUPPLIER
from inventory.rules.systems import AI_SYSTEM

MACHINES = (AI_SYSTEM, DISCOVERY, SUPPLIER, INCIDENT, ALERT, CHANGE_REQUEST, CONCERN)
