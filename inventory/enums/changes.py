"""The words of change requests."""

from django.db.models import TextChoices


class ChangeKind(TextChoices):
    """What can change about a system after somebody looked at it."""

    VERSION = "version", "New version of the system"
    MODEL = "model", "Other model or model version"
    DATA = "data", "Other data"
    USE = "use", "Other use or purpose"
    USERS = "users", "Other users, people affected or places"
    INCIDENT = "incident", "An incident"
    SUPPLIER = "supplier", "A notice from a supplier"
    LAW = "law", "A change of the law"
    THRESHOLD = "threshold", "A limit was breached"


class ChangeRequestState(TextChoices):
    """Where a request for a change stands (SM-24)."""

    DRAFT = "draft", "Draft"
    ASSESSED = "assessed", "Assessed"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    IMPLEMENTED = "implemented", "Implemented"
    REVIEWED = "reviewed", "Reviewed"
