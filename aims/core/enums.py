"""The words core stores: roles of people, states of evidence, jobs, mail and auditor access."""

from django.db.models import TextChoices


class Role(TextChoices):
    COMPLIANCE_LEAD = "compliance_lead", "Compliance lead"
    AI_SYSTEM_OWNER = "ai_system_owner", "AI system owner"
    RISK_OWNER = "risk_owner", "Risk owner"
    CONTROL_OWNER = "control_owner", "Control owner"
    INTERNAL_AUDITOR = "internal_auditor", "Internal auditor"
    EXTERNAL_AUDITOR = "external_auditor", "External auditor"
    TOP_MANAGEMENT = "top_management", "Top management"
    ADMIN = "admin", "Administrator"
    STAFF = "staff", "Staff"
    SYSTEM = "system", "System"


HUMAN_ROLES = tuple(role for role in Role if role is not Role.SYSTEM)


class EvidenceState(TextChoices):
    REQUESTED = "requested", "Requested"
    SUBMITTED = "submitted", "Submitted"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    EXPIRING = "expiring", "Expiring"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Superseded"


class EvidenceKind(TextChoices):
    POLICY = "policy", "Policy"
    PROCEDURE = "procedure", "Procedure"
    RECORD = "record", "Record"
    REPORT = "report", "Report"
    TEST_RESULT = "test_result", "Test result"
    LOG = "log", "Log"
    SCREENSHOT = "screenshot", "Screenshot"
    CONTRACT = "contract", "Contract"
    CERTIFICATE = "certificate", "Certificate"
    TRAINING = "training", "Training record"
    MINUTES = "minutes", "Minutes"
    OTHER = "other", "Other"


class JobState(TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class MailState(TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


class GrantState(TextChoices):
    INVITED = "invited", "Invited"
    ACTIVE = "active", "Active"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"
