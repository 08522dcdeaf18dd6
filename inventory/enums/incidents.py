"""The words of incidents and their clocks."""

from django.db.models import TextChoices


class IncidentKind(TextChoices):
    """What was reported: something that went wrong, or somebody's complaint."""

    INCIDENT = "incident", "Incident"
    COMPLAINT = "complaint", "Complaint"


class IncidentState(TextChoices):
    """Where an incident stands in its life cycle (SM-17)."""

    REPORTED = "reported", "Reported"
    TRIAGED = "triaged", "Triaged"
    CONTAINED = "contained", "Contained"
    INVESTIGATING = "investigating", "Investigating"
    RESOLVED = "resolved", "Resolved"
    POST_REVIEW = "post_review", "Reviewed"
    CLOSED = "closed", "Closed"
    NOT_INCIDENT = "not_incident", "Not an incident"


class IncidentSource(TextChoices):
    """Where a report came from."""

    STAFF = "staff", "Somebody inside"
    OUTSIDE = "outside", "Public form"
    INTEGRATION = "integration", "API key"


class IncidentSeverity(TextChoices):
    """How bad it is, for people first."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class SeriousIncident(TextChoices):
    """What Article 3(49) of the EU AI Act asks; each kind has a time limit of its own."""

    NO = "no", "Not serious by Article 3(49)"
    GENERAL = "general", "Serious: health, fundamental rights, property or environment"
    DEATH = "death", "A person died, or may have died, of it"
    WIDESPREAD = "widespread", "Widespread infringement, or critical infrastructure disrupted"


class CheckAnswer(TextChoices):
    """A question that has to be answered either way."""

    NO = "no", "No"
    YES = "yes", "Yes"


class NoticeKind(TextChoices):
    """Whom a notice is for, and why it is owed."""

    LAW = "law", "By law"
    CONTRACT = "contract", "By contract"
    USERS = "users", "Users and people affected"
    OTHER = "other", "Others"


class ClockUnit(TextChoices):
    HOURS = "hours", "Hours"
    DAYS = "days", "Days"
