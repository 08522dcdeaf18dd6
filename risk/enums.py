"""The words of risk and impact assessment."""

from django.db.models import TextChoices


class RiskAssessmentState(TextChoices):
    """SM-04."""

    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In progress"
    SUBMITTED = "submitted", "Submitted"
    APPROVED = "approved", "Approved"
    SUPERSEDED = "superseded", "Superseded"
    CANCELLED = "cancelled", "Cancelled"


class RiskState(TextChoices):
    """SM-05."""

    IDENTIFIED = "identified", "Identified"
    ANALYSED = "analysed", "Analysed"
    EVALUATED = "evaluated", "Evaluated"
    TREATMENT_PLANNED = "treatment_planned", "Treatment planned"
    IN_TREATMENT = "in_treatment", "In treatment"
    TREATED = "treated", "Treated"
    ACCEPTED = "accepted", "Accepted"
    CLOSED = "closed", "Closed"


class PlanState(TextChoices):
    """Treatment plans and risk acceptances (SM-06)."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    APPROVED = "approved", "Approved"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"
    REJECTED = "rejected", "Rejected"


class AssessmentState(TextChoices):
    """Impact assessments (SM-07)."""

    SCREENING = "screening", "Screening"
    SCREENED_OUT_PENDING = "screened_out_pending", "Screen-out to be confirmed"
    SCREENED_OUT = "screened_out", "Screened out"
    IN_PROGRESS = "in_progress", "In progress"
    SUBMITTED = "submitted", "Submitted"
    IN_REVIEW = "in_review", "In review"
    APPROVED = "approved", "Approved"
    DUE = "due", "Due again"
    SUPERSEDED = "superseded", "Superseded"
    STOPPED = "stopped", "Stopped"


class Level(TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class Axis(TextChoices):
    """Whom a consequence hits."""

    ORGANIZATION = "organization", "Organization"
    INDIVIDUALS = "individuals", "Individuals and groups"
    SOCIETY = "society", "Society"


class TreatmentOption(TextChoices):
    MODIFY = "modify", "Modify: apply controls"
    AVOID = "avoid", "Avoid: do not start, or stop"
    SHARE = "share", "Share: by contract or insurance"
    RETAIN = "retain", "Retain: accept with approval and expiry"


class ScreeningOutcome(TextChoices):
    STOP = "stop_and_escalate", "Stop and escalate"
    FULL = "full", "Full assessment"
    LIGHT = "light", "Light assessment"
    SCREENED_OUT = "screened_out", "No assessment needed"


class PlanKind(TextChoices):
    """What is put to top management under SM-06."""

    TREATMENT = "treatment", "Treatment plan"
    ACCEPTANCE = "acceptance", "Residual-risk acceptance"


class ClassificationState(TextChoices):
    """Where the legal classification of a system stands."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waits for a decision"
    APPROVED = "approved", "Approved"


class ProhibitedResult(TextChoices):
    """Whether the use is a practice that the EU AI Act prohibits (Article 5)."""

    PROHIBITED = "prohibited", "Prohibited"
    NOT_PROHIBITED = "not_prohibited", "Not prohibited"
    UNCLEAR = "unclear", "Unclear"
