"""The words of the Statement of Applicability and of control implementation."""

from django.db.models import TextChoices


class SoAState(TextChoices):
    """SM-08."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    APPROVED = "approved", "Approved"
    SUPERSEDED = "superseded", "Superseded"


class ImplementationState(TextChoices):
    """SM-09."""

    NOT_STARTED = "not_started", "Not started"
    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In progress"
    IMPLEMENTED = "implemented", "Implemented"
    VERIFIED = "verified", "Verified"
    DEGRADED = "degraded", "Degraded"
    EXCLUDED = "excluded", "Excluded"


class ReasonKind(TextChoices):
    """Why a control is included."""

    RISK_TREATMENT = "risk_treatment", "Risk treatment"
    LEGAL = "legal", "Legal duty"
    CONTRACT = "contract", "Contract"
    INTERESTED_PARTY = "interested_party", "Interested party"
    BUSINESS_DECISION = "business_decision", "Business decision"


class ControlOrigin(TextChoices):
    ANNEX_A = "annex_a", "Annex A"
    OWN = "own", "Additional"


class CompetenceState(TextChoices):
    """SM-20."""

    REQUIRED = "required", "Required"
    ASSIGNED = "assigned", "Assigned"
    COMPLETED = "completed", "Completed, to be checked"
    VALID = "valid", "Valid"
    NOT_EFFECTIVE = "not_effective", "Not effective"
    EXPIRING = "expiring", "Ends soon"
    EXPIRED = "expired", "Expired"
    WAIVED = "waived", "Waived: competent already"


class CompetenceTopic(TextChoices):
    """What people need to be able to do (7.2, A.4.6)."""

    HUMAN_OVERSIGHT = "human_oversight", "Human oversight of AI systems"
    AI_LITERACY = "ai_literacy", "AI literacy"
    AI_RISK = "ai_risk", "AI risk management"
    IMPACT_ASSESSMENT = "impact_assessment", "Impact assessment"
    DATA_GOVERNANCE = "data_governance", "Data for AI systems"
    INCIDENT_RESPONSE = "incident_response", "AI incidents"
    INTERNAL_AUDIT = "internal_audit", "Internal audit of the AIMS"
