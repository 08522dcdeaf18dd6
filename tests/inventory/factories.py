"""AI systems made through the verbs."""

from __future__ import annotations

import datetime
from typing import Any

from inventory.models import AISystem
from inventory.services.systems import register_system
from tests.cast import NOW, House

COMPLETE: dict[str, Any] = {
    "version": "2.3",
    "purpose": "Sorts incoming invoices by cost centre.",
    "intended_use": "Accounts staff, supplier invoices.",
    "excluded_uses": "Approving payments.",
    "business_process": "Accounts payable",
    "organization_roles": ["deployer_user"],
    "ai_type": "nlp_classifier",
    "sourcing": "vendor",
    "supplier": "Example Software",
    "data_classes": ["invoices"],
    "affected_people": "Contact persons of suppliers",
    "affected_count": 0,
    "automation_degree": "human_approves",
    "places": ["DE"],
    "languages": ["de"],
    "is_in_scope": True,
    "scope_reason": "Part of accounting.",
    "next_review_date": datetime.date(2027, 5, 1),
}


def a_system(house: House, name: str = "Invoice sorter", **values: Any) -> AISystem:
    """Inside `acting_in(house.organization)`."""
    return register_system(actor=house.lead, name=name, now=NOW, **values)


def a_complete_system(house: House, **values: Any) -> AISystem:
    people = {"owner": house.member["owner"], "risk_owner": house.member["risk_owner"]}
    oversight = [house.member["control_owner"]]
    return a_system(house, **{**COMPLETE, **people, "oversight": oversight, **values})
