"""The inventory files that the journeys import, written here."""

import csv
import io
import json

HEADINGS = (
    *("External ID", "Name", "Purpose", "Owner e-mail", "Organization roles", "AI type", "Sourcing"),
    *("Life cycle stage", "In AIMS scope", "Reason for scope"),
)
SYSTEMS = (
    ("J-1", "Referral triage", "Sorts referrals by urgency.", "lena", "predictive_ml", "yes"),
    ("J-2", "Letter writer", "Drafts letters that a doctor signs.", "oscar", "generative_llm", "yes"),
    ("J-3", "Rota planner", "Plans shifts of the front desk.", "oscar", "automated_decision", "no"),
)


def spreadsheet(slug: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for number, name, purpose, owner, kind, in_scope in SYSTEMS:
        email = f"{owner}@{slug}.test"
        stage = "operation_monitoring"
        reason = "Decided when it was bought."
        writer.writerow(
            (number, name, purpose, email, "deployer_user", kind, "vendor", stage, in_scope, reason)
        )
    return out.getvalue().encode()


def bill_of_materials() -> bytes:
    """A CycloneDX 1.6 ML-BOM of one system with one model."""
    model = {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": "retina-grader",
        "version": "4.1",
        "modelCard": {"modelParameters": {"task": "image classification"}},
    }
    application = {
        "type": "application",
        "bom-ref": "app",
        "name": "Retina screening",
        "version": "2.0",
        "description": "Grades pictures of the retina.",
    }
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": {"component": application},
        "components": [model],
        "dependencies": [{"ref": "app", "dependsOn": ["model"]}],
    }
    return json.dumps(document).encode()
