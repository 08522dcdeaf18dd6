"""The words of suppliers."""

from django.db.models import TextChoices


class SupplierState(TextChoices):
    """Where a supplier stands in its life cycle (SM-16)."""

    PROPOSED = "proposed", "Proposed"
    DUE_DILIGENCE = "due_diligence", "Due diligence"
    APPROVED = "approved", "Approved"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions", "Approved with conditions"
    REJECTED = "rejected", "Rejected"
    ACTIVE = "active", "Active"
    UNDER_REVIEW = "under_review", "Under review"
    SUSPENDED = "suspended", "Suspended"
    EXITED = "exited", "Exited"


class SupplierKind(TextChoices):
    """What a supplier delivers."""

    SYSTEM = "system", "AI system or product"
    MODEL = "model", "AI model"
    DATA = "data", "Data"
    PLATFORM = "platform", "Platform or hosting"
    SERVICE = "service", "Service, such as integration or labelling"


class SupplierTier(TextChoices):
    """How much hangs on a supplier, by the impact of the systems it serves."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class ClauseAnswer(TextChoices):
    """Whether the contract covers a topic."""

    YES = "yes", "Yes"
    NO = "no", "No"


class SupplierEventKind(TextChoices):
    """What came from a supplier, or was asked of it."""

    VERSION_CHANGE = "version_change", "Change of a model or version"
    INCIDENT = "incident", "Incident"
    TERMS = "terms", "Change of terms or renewal"
    OTHER = "other", "Other notice"
    REVIEW_REQUEST = "review_request", "Request for a review"
    CORRECTIVE_REQUEST = "corrective_request", "Corrective request"


class QuestionKind(TextChoices):
    """How a question to a supplier is answered."""

    TEXT = "text", "In words"
    YES_NO = "yes_no", "Yes or no"
    CHOICE = "choice", "One of several"
    DATE = "date", "A day"
    URL = "url", "A web address"


class QuestionnaireState(TextChoices):
    """Where a questionnaire to a supplier stands."""

    SENT = "sent", "Sent"
    IN_PROGRESS = "in_progress", "In progress"
    HANDED_IN = "handed_in", "Handed in"
    RETURNED = "returned", "Returned for more"
    ACCEPTED = "accepted", "Accepted"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"
