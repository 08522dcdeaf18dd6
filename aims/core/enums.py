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


class SeparationRule(TextChoices):
    """The rules that an exception may lift for a time; SOD-06, 07 and 10 know none."""

    SOD_01 = "SOD-01", "Approver is not the author"
    SOD_02 = "SOD-02", "Auditor is independent"
    SOD_03 = "SOD-03", "Verifier took no part"
    SOD_04 = "SOD-04", "Risk is accepted by another person than its owner"
    SOD_05 = "SOD-05", "Evidence is accepted by another person"
    SOD_08 = "SOD-08", "High residual is not approved by the system's owner"


class EntryEnd(TextChoices):
    """Who ended an operator's entry."""

    OPERATOR = "operator", "The operator"
    ORGANIZATION = "organization", "An administrator"
    TIME = "time", "Its time was over"


class DigestTo(TextChoices):
    NOBODY = "nobody", "Nobody"
    ADMINS = "admins", "Administrators"
    ADMINS_AND_LEAD = "admins_and_lead", "Administrators and the compliance lead"


class RoleRequestState(TextChoices):
    WAITING = "waiting", "Waiting"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"


class ErasureState(TextChoices):
    WAITING = "waiting", "Waiting"
    DONE = "done", "Erased"
    REFUSED = "refused", "Refused"


class SignInProtocol(TextChoices):
    OIDC = "oidc", "OpenID Connect"
    SAML = "saml", "SAML 2.0"


class ErasureGround(TextChoices):
    """Why the person may ask for it (GDPR Article 17(1))."""

    NO_LONGER_NEEDED = "no_longer_needed", "No longer needed for its purpose (Art. 17(1)(a))"
    CONSENT_WITHDRAWN = "consent_withdrawn", "Consent was withdrawn (Art. 17(1)(b))"
    OBJECTION = "objection", "The person objected (Art. 17(1)(c))"
    UNLAWFUL = "unlawful", "It was processed unlawfully (Art. 17(1)(d))"
    LEGAL_DUTY = "legal_duty", "A law requires erasure (Art. 17(1)(e))"
    OTHER_LAW = "other_law", "Another law; named in the note"


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
