"""The words of metrics, readings and alerts."""

from django.db.models import TextChoices


class MetricKind(TextChoices):
    """What a metric of an AI system tells of."""

    ACCURACY = "accuracy", "Accuracy"
    FAIRNESS = "fairness", "Fairness"
    DRIFT = "drift", "Drift"
    ROBUSTNESS = "robustness", "Robustness"
    SAFETY = "safety", "Safety"
    SECURITY = "security", "Security"
    PRIVACY = "privacy", "Privacy"
    OVERSIGHT = "oversight", "Human oversight"
    OPERATION = "operation", "Operation"
    COMPLAINTS = "complaints", "Complaints"


class MetricSource(TextChoices):
    """By which way readings come."""

    API = "api", "API"
    UPLOAD = "upload", "Uploaded file"
    MANUAL = "manual", "Entered by hand"


class MetricFrequency(TextChoices):
    HOURLY = "hourly", "Hourly"
    DAILY = "daily", "Daily"
    WEEKLY = "weekly", "Weekly"
    MONTHLY = "monthly", "Monthly"
    QUARTERLY = "quarterly", "Quarterly"


class MetricDirection(TextChoices):
    HIGHER = "higher", "Higher is better"
    LOWER = "lower", "Lower is better"
    BAND = "band", "Within a band"


class ChartKind(TextChoices):
    INDIVIDUALS = "individuals", "Individual values and moving range"
    SHARES = "shares", "Shares of a sample (p chart)"


class AlertState(TextChoices):
    """Where an alert on a metric stands (SM-19)."""

    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    IN_ACTION = "in_action", "In action"
    RESOLVED = "resolved", "Resolved"
    FALSE_ALARM = "false_alarm", "False alarm"


class AlertKind(TextChoices):
    BREACH = "breach", "Limit breached"
    SILENCE = "silence", "Readings missing"


class AlertSeverity(TextChoices):
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class ReEvaluationAnswer(TextChoices):
    """What became of a proposal to re-evaluate a system."""

    OPEN = "open", "Not decided"
    ACCEPTED = "accepted", "Re-evaluate"
    DECLINED = "declined", "Not needed"
