"""One request body for each operation that takes one: the document alone is enough to try it with curl."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "systems_create": {
        "name": "Triage assistant",
        "purpose": "Sorts incoming referrals by urgency.",
        "ai_type": "predictive_ml",
        "sourcing": "vendor",
        "stage": "proposed",
    },
    "systems_update": {"row_version": 1, "intended_use": "Referrals of adults only."},
    "api_keys_create": {
        "name": "Nightly push",
        "scopes": ["evidence:write"],
        "networks": ["192.0.2.0/24"],
        "days": 90,
    },
    "api_keys_change": {"row_version": 1, "rate_limit": 120},
    "api_keys_rotate": {"days": 180},
    "imports_create": {"file": "(the file)", "format": "csv"},
    "imports_apply": {"expected": 12},
    "risks_create": {
        "title": "Urgent referrals are sorted too low",
        "system_id": 1,
        "cause": "Few examples of rare conditions in the training data",
        "event": "An urgent referral is given a low score",
        "consequence": "Treatment begins late",
    },
    "risks_change": {"row_version": 1, "review_date": "2027-03-31"},
    "risks_rate": {"likelihood": 3, "organization": 3, "individuals": 4, "society": 2},
    "risks_plan": {
        "option": "share",
        "plan": "The vendor measures recall by condition",
        "due_date": "2027-03-31",
    },
    "risks_complete": {
        "likelihood": 2,
        "organization": 3,
        "individuals": 3,
        "society": 2,
        "done": "Recall is measured with every release",
    },
    "impact_assessments_create": {"system_id": 1},
    "impact_assessments_answers": {"answers": {"S1": "yes"}},
    "impact_assessments_finish": {"reason": "All questions answered with the vendor"},
    "controls_create": {"reference": "X.1", "title": "Review of model releases"},
    "controls_update": {"row_version": 1, "how_implemented": "Release checklist in the change system"},
    "controls_act": {"action": "start"},
    "controls_link_evidence": {"evidence_id": 1},
    "soa_create": {"scope": "All AI systems of the clinic"},
    "soa_decide": {
        "row_version": 1,
        "included": True,
        "reasons": [{"kind": "risk_treatment", "text": "R-001"}],
        "justification": "Treats R-001",
        "status": "planned",
        "target_date": "2027-03-31",
    },
    "evidence_create": {
        "title": "Test report of release 3.2",
        "kind": "record",
        "source": "Test pipeline",
        "period_from": "2026-01-01",
        "link": "https://tests.example/reports/32",
    },
    "findings_create": {"title": "Two releases without a test report", "grade": "minor", "audit_id": 1},
    "requests_create": {"engagement_id": 1, "title": "Minutes of the last three reviews"},
    "requests_assign_create": {"member_id": 1},
    "requests_comments_create": {"text": "The minutes of March follow on Monday"},
    "requests_evidence_create": {"evidence_id": 1},
    "requests_flag_create": {"reason": "The minutes do not name the decisions"},
    "requests_not_applicable_create": {"reason": "No review was held in this period"},
    "invitations_create": {
        "email": "noor@clinic.example",
        "name": "Noor Risk",
        "roles": ["risk_owner"],
    },
    "sign_in_rules_change": {"second_factor_required": True, "idle_minutes": 30},
    "packs_create": {"kind": "stage1", "as_of": "2026-11-01"},
}
