from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from inventory.exports.record import ExportedComponent, ExportedSystem, Register
from inventory.imports.record import Measure

MOMENT = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=datetime.UTC)
PARTS = (
    ExportedComponent(
        "model",
        "doc-net",
        "3.1",
        "Acme",
        "Apache-2.0",
        {"SHA-256": "ab" * 32, "CRC": "12"},
        "Sorts <b>pages</b>.",
    ),
    ExportedComponent("dataset", "Invoices 2024", supplier="Acme", licence="Apache-2.0"),
    ExportedComponent("service", "Inference"),
    ExportedComponent("library", "torch", "2.9"),
    ExportedComponent("other", "Weights on disk"),
)
#: Parts of which a file said much, also what a format has no place for.
TOLD = (
    ExportedComponent(
        "model",
        "chest-net",
        "3.1",
        details={
            "task": "object-detection",
            "approach": "by example",
            "architecture": "RetinaNet",
            "inputs": ["image/dicom", "text"],
            "data_sets": ["Chest images", "Elsewhere"],
            "trained_on": "Chest images",
            "use_cases": ["Marks areas", "Teaches"],
            "intended_users": "Radiologists",
            "limitations": ["Not tried on children", "Large images only"],
            "ethical_considerations": ["Automation bias. Mitigated by: Training", "Haste"],
            "fairness": ["Women · Benefits: Fewer misses · Harms: Alarms · more", "Men"],
            "environment": "training: 20 kWh",
            "hyperparameters": ["layers: 5", "loose words"],
            "autonomy": "perhaps",
            "safety_risk": "high",
            "package_url": "pkg:huggingface/acme/chest-net@3.1",
            "location": "the cupboard",
        },
        measures=(
            Measure("AUC", "0.91", "women over 60", "0.89", "0.93"),
            Measure("AUC", "0.935"),
            Measure("Reading time", "below 2 s"),
            Measure("Agreement"),
        ),
    ),
    ExportedComponent(
        "dataset",
        "Chest images",
        description="Images.",
        details={
            "data_type": "dataset",
            "location": "https://data.example/chest",
            "classification": ["confidential", "internal"],
            "sensitive_data": ["health data", "age"],
            "owners": ["Radiology", "Archive"],
            "known_bias": ["One hospital", "Fewer nights"],
            "size": "2689",
            "confidentiality": "red",
            "sensors": "scanner: two",
        },
    ),
    ExportedComponent(
        "service", "Inference", details={"endpoints": ["https://a.example", "https://b.example"]}
    ),
    ExportedComponent("library", "torch", "2.9", details={"group": "pytorch"}, supplier="Acme"),
)
FULL: dict[str, Any] = {
    "id": 7,
    "reference": "SYS-001",
    "name": "Invoice *sorter*",
    "row_version": 3,
    "external_id": "CMDB-1",
    "version": "2.3",
    "purpose": "Sorts incoming invoices.\nBy cost centre.",
    "intended_use": "Accounts staff",
    "excluded_uses": "Approving payments",
    "business_process": "Accounts payable",
    "owner": "Oscar Owner",
    "risk_owner": "Rita Risk",
    "oversight": ("Carl Control", "Ines Internal"),
    "organization_roles": ("provider", "deployer_user"),
    "ai_type": "nlp_classifier",
    "sourcing": "vendor",
    "supplier": "Example & Sons",
    "model_name": "other-net",
    "model_version": "9",
    "data_classes": ("invoices", "contact data"),
    "special_categories": ("health",),
    "affected_people": "Contact persons <script>",
    "affected_count": 0,
    "automation_degree": "human_approves",
    "places": ("DE", "Austria", "Bern"),
    "languages": ("de", "en"),
    "custom": ("Criticality: high",),
    "origins": (("name", "vendor-bom.json, 2026-01-01"), ("purpose", "entered in the portal, 2026-02-01")),
    "stage": "operation_monitoring",
    "stage_since": datetime.date(2026, 1, 2),
    "live_since": datetime.date(2026, 1, 3),
    "is_in_scope": False,
    "scope_reason": "A trial.",
    "next_review_date": datetime.date(2027, 5, 1),
    "source": "vendor-bom.json, components[0]",
    "components": PARTS,
}


@pytest.fixture
def full() -> ExportedSystem:
    return ExportedSystem(**FULL)


@pytest.fixture
def bare() -> ExportedSystem:
    """A system of which only the name is known."""
    return ExportedSystem(id=8, reference="SYS-002", name="Idea", stage="proposed")


@pytest.fixture
def told(full) -> ExportedSystem:
    return dataclasses.replace(full, components=TOLD)


def register_of(*systems: ExportedSystem, is_one: bool = False) -> Register:
    return Register("Meadow Clinic", "https://portal.test/o/meadow/", MOMENT, systems, is_one)
