"""The words of audits, certification and evidence packs."""

from django.db.models import TextChoices


class AuditState(TextChoices):
    """SM-11."""

    PLANNED = "planned", "Planned"
    SCHEDULED = "scheduled", "Scheduled"
    IN_PROGRESS = "in_progress", "In progress"
    REPORTING = "reporting", "Reporting"
    REPORT_ISSUED = "report_issued", "Report issued"
    FOLLOW_UP = "follow_up", "Follow-up"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class FindingState(TextChoices):
    """SM-12."""

    DRAFT = "draft", "Draft"
    RAISED = "raised", "Raised"
    DISPUTED = "disputed", "Disputed"
    ACCEPTED = "accepted", "Accepted"
    IN_CORRECTION = "in_correction", "In correction"
    CLOSED = "closed", "Closed"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Grade(TextChoices):
    MAJOR = "major", "Major nonconformity"
    MINOR = "minor", "Minor nonconformity"
    OBSERVATION = "observation", "Observation"
    OFI = "ofi", "Opportunity for improvement"
    CONFORMITY = "conformity", "Conformity"
    GOOD_PRACTICE = "good_practice", "Good practice"


class CertificateState(TextChoices):
    """SM-25."""

    PREPARING = "preparing", "Preparing"
    APPLIED = "applied", "Applied"
    STAGE1 = "stage1", "Stage 1"
    STAGE1_CONCERNS = "stage1_concerns", "Stage 1 concerns open"
    STAGE2 = "stage2", "Stage 2"
    NONCONFORMITIES_OPEN = "nonconformities_open", "Nonconformities open"
    DECISION = "decision", "Decision pending"
    CERTIFIED = "certified", "Certified"
    SURVEILLANCE_DUE = "surveillance_due", "Surveillance due"
    SURVEILLANCE = "surveillance", "Surveillance audit"
    RECERTIFICATION_DUE = "recertification_due", "Recertification due"
    RECERTIFICATION = "recertification", "Recertification audit"
    SUSPENDED = "suspended", "Suspended"
    EXPIRED = "expired", "Expired"
    WITHDRAWN = "withdrawn", "Withdrawn"


class PackState(TextChoices):
    """SM-26."""

    REQUESTED = "requested", "Requested"
    BUILDING = "building", "Building"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    RELEASED = "released", "Released"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


class PackKind(TextChoices):
    STAGE1 = "stage1", "Stage 1"


class EngagementKind(TextChoices):
    STAGE1 = "stage1", "Stage 1 audit"
    STAGE2 = "stage2", "Stage 2 audit"
    SURVEILLANCE1 = "surveillance1", "First surveillance audit"
    SURVEILLANCE2 = "surveillance2", "Second surveillance audit"
    RECERTIFICATION = "recertification", "Recertification audit"
    CUSTOMER = "customer", "Customer audit"


class ResultState(TextChoices):
    """What the check of one requirement came to."""

    NOT_TESTED = "not_tested", "Not tested"
    CONFORMING = "conforming", "Conforming"
    OFI = "ofi", "Opportunity for improvement"
    MINOR = "minor", "Minor nonconformity"
    MAJOR = "major", "Major nonconformity"


class RequestState(TextChoices):
    """A request of an external audit, from the question to its end."""

    DRAFT = "draft", "Draft"
    OPEN = "open", "Open"
    SUBMITTED = "submitted", "Submitted"
    NEEDS_REVISION = "needs_revision", "Needs revision"
    ACCEPTED = "accepted", "Accepted"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    CLOSED = "closed", "Closed"


class PopulationKind(TextChoices):
    SYSTEMS = "systems", "AI systems in the scope"
    RISKS = "risks", "Risks"
    EVIDENCE = "evidence", "Evidence"
    REQUESTS = "requests", "Requests"
    FINDINGS = "findings", "Findings"


class SampleMethod(TextChoices):
    RANDOM = "random", "Random, by a published seed"
    JUDGEMENT = "judgement", "Judgemental"
    ALL = "all", "All of the population"


class DraftGrade(TextChoices):
    """How an external auditor grades what was found."""

    MAJOR = "major", "Major nonconformity"
    MINOR = "minor", "Minor nonconformity"
    OFI = "ofi", "Opportunity for improvement"
    OBSERVATION = "observation", "Observation"
    STRENGTH = "strength", "Strength"


class DraftState(TextChoices):
    DRAFT = "draft", "Draft"
    ISSUED = "issued", "Issued"
    TAKEN_OVER = "taken_over", "Taken over"
