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
