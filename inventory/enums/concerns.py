"""The words of concerns."""

from django.db.models import TextChoices


class ConcernState(TextChoices):
    """Where a concern stands in its life cycle (SM-18)."""

    RECEIVED = "received", "Received"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    ASSESSED = "assessed", "Assessed"
    INVESTIGATING = "investigating", "Under investigation"
    CONCLUDED = "concluded", "Concluded"
    CLOSED = "closed", "Closed"


class ConcernOutcome(TextChoices):
    """What a concern came to."""

    CONFIRMED = "confirmed", "Confirmed"
    PARTLY = "partly", "Confirmed in part"
    NOT_CONFIRMED = "not_confirmed", "Not confirmed"
    ELSEWHERE = "elsewhere", "Handled elsewhere"
