"""The state machines of core: evidence items (SM-10) and the access of external auditors (SM-27)."""

from __future__ import annotations

from datetime import date

from aims.core.exceptions import RuleBroken
from aims.core.machines import Machine, step
from aims.core.schedule import add_months

EVIDENCE = Machine(
    id="SM-10",
    entity="Evidence",
    noun="evidence item",
    initial="requested",
    final=frozenset({"superseded"}),
    transitions=(
        step(
            "requested",
            "submit",
            "submitted",
            by="control_owner ai_system_owner system",
            guards=("file or link, period covered, source, hash",),
        ),
        step(
            "submitted",
            "accept",
            "accepted",
            by="compliance_lead internal_auditor",
            guards=("reviewer is not submitter",),
            effects=("valid-until set by review frequency",),
        ),
        step(
            "submitted",
            "reject",
            "rejected",
            by="compliance_lead internal_auditor",
            guards=("reason given",),
            effects=("notify",),
        ),
        step("rejected", "resubmit", "submitted", by="control_owner ai_system_owner"),
        step(
            "accepted",
            "near_expiry",
            "expiring",
            by="system",
            guards=("30 days before end",),
            effects=("remind owner",),
        ),
        step(
            "expiring", "expire", "expired", by="system", guards=("end date",), effects=("degrade control",)
        ),
        step(
            "accepted",
            "replace",
            "superseded",
            by="control_owner ai_system_owner",
            guards=("newer accepted",),
        ),
        step(
            "expiring",
            "replace",
            "superseded",
            by="control_owner ai_system_owner",
            guards=("newer accepted",),
        ),
        step(
            "expired", "replace", "superseded", by="control_owner ai_system_owner", guards=("newer accepted",)
        ),
    ),
)

AUDITOR_GRANT = Machine(
    id="SM-27",
    entity="AuditorGrant",
    noun="auditor access",
    initial="invited",
    final=frozenset({"expired", "revoked"}),
    transitions=(
        step(
            "invited",
            "accept",
            "active",
            by="external_auditor",
            guards=("identity confirmed, second factor, terms accepted",),
            effects=("log",),
        ),
        step("active", "end", "expired", by="system", guards=("end date",), effects=("sessions ended",)),
        step(
            "active",
            "revoke",
            "revoked",
            by="compliance_lead admin",
            guards=("reason given",),
            effects=("sessions ended",),
        ),
        step("invited", "revoke", "revoked", by="compliance_lead admin"),
    ),
)

MACHINES = (EVIDENCE, AUDITOR_GRANT)

#: Days before the end of its validity from which an evidence item counts as expiring.
EXPIRING_DAYS = 30

#: Months after which evidence of a kind is looked at again, unless its reviewer says otherwise.
REVIEW_MONTHS = {"log": 3, "screenshot": 6, "test_result": 6}
USUAL_REVIEW_MONTHS = 12


def review_until(kind: str, accepted_on: date) -> date:
    """How long accepted evidence of a kind holds by its review frequency."""
    return add_months(accepted_on, REVIEW_MONTHS.get(kind, USUAL_REVIEW_MONTHS))


def require_current_evidence(state: str, *, field: str = "evidence") -> None:
    """What a newer item has replaced, or a reviewer has rejected, shows nothing."""
    if state == "superseded":
        raise RuleBroken("This item was replaced by a newer one. Link the newer one.", field=field)
    if state == "rejected":
        raise RuleBroken("This item was rejected: it shows nothing. Link another one.", field=field)
